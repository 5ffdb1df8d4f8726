"""`reports/index.html`: every run in one list and the history of builds, made from their `run.json` alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
from markupsafe import Markup

from simulator.compare.history import UNITS
from simulator.record.data_file import FILE_NAME
from simulator.record.folder import write_whole
from simulator.report.history import History, chart_of, histories, light
from simulator.report.html_form import rendered
from simulator.report.mark import trend
from simulator.report.wording import VERDICTS

TREND_RUNS = 20
LARGEST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Listed:
    """One run in the list.

    Attributes:
        name: of its folder.
        link: to its page or, without one, to its folder.
        problem: why nothing is known of it; empty text when all is well.
        verdict: passed, failed or invalid; empty when it has none.
        build: what ran.
        profile: under which load; empty when there was none.
        host: where.
        started_at: RFC 3339; empty when not known.
        duration_s: how long; `None` when not known.
        p95_s: of all operations.
        error_rate: of all operations.
        reason: the weightiest one.
    """

    name: str
    link: str
    problem: str = ""
    verdict: str = ""
    build: str = ""
    profile: str = ""
    host: str = ""
    started_at: str = ""
    duration_s: float | None = None
    p95_s: float | None = None
    error_rate: float | None = None
    reason: str = ""


def write_index(reports: Path) -> None:
    """Write the list of the runs in this folder, newest first.

    A run that is damaged, still going on or was killed is listed as such.

    Raises:
        RunError: the list cannot be written.
    """
    documents: list[dict[str, Any]] = []
    runs = sorted((_listed(folder, documents) for folder in _folders(reports)), key=_age, reverse=True)
    page = rendered("index.html", runs=runs, trends=_trends(runs), words=VERDICTS, histories=_histories(documents),
                    chart_of=chart_of, units=UNITS,
                    links=defaultdict(str, {run.name: run.link for run in runs}))  # fmt: skip
    write_whole(reports / "index.html", page.encode())


def _folders(reports: Path) -> list[Path]:
    found = [path for path in reports.iterdir() if path.is_dir() and not path.name.startswith(".")]
    return [path for path in found if (path / "run.json").is_file() or (path / FILE_NAME).is_file()]


def _histories(documents: list[dict[str, Any]]) -> list[History]:
    """What the readable runs come to; a page without it is better than none."""
    try:
        return list(histories(sorted(documents, key=lambda document: str(document["started_at"]))))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        return []


def _listed(folder: Path, documents: list[dict[str, Any]]) -> Listed:
    """A run in the list; what its history needs is added to the documents."""
    page = "report.html" if (folder / "report.html").is_file() else ""
    link = f"{quote(folder.name)}/{page}"
    try:
        if not (folder / "run.json").is_file():
            return Listed(folder.name, link, "has no verdict: it is still going on, or was killed")
        document = _document(folder / "run.json")
        listed = _of_document(folder, link, document)
        documents.append(light(document))
        return listed
    except (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        return Listed(folder.name, link, f"cannot be read: run.json is damaged ({type(error).__name__})")


def _document(file: Path) -> Any:
    if file.stat().st_size > LARGEST_BYTES:
        raise ValueError("too large")
    return orjson.loads(file.read_bytes())


def _of_document(folder: Path, link: str, document: dict[str, Any]) -> Listed:
    total = document["series"][0]
    return Listed(
        name=folder.name,
        link=link,
        verdict=document["verdict"] if document["verdict"] in VERDICTS else "invalid",
        build=str(document["build"]),
        profile=str(document["profile"] or ""),
        host=str(document["host"]),
        started_at=str(document["started_at"]),
        duration_s=_number(document["duration_s"]),
        p95_s=_number(total["p95_s"]),
        error_rate=_number(total["error_rate"]),
        reason=str(next(iter(document["reasons"]), "")),
    )


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _age(run: Listed) -> tuple[str, str]:
    """Folder names begin with the time, so that runs without a readable document keep their place."""
    return (run.name, run.started_at)


def _trends(runs: Sequence[Listed]) -> dict[str, Markup]:
    """Folder name → p95 of that run and those before it under the same profile and at the same host."""
    histories: dict[tuple[str, str], list[float | None]] = defaultdict(list)
    found = {}
    for run in _oldest_first(runs):
        history = histories[run.profile, run.host]
        history.append(run.p95_s)
        found[run.name] = trend(history[-TREND_RUNS:])
    return found


def _oldest_first(runs: Sequence[Listed]) -> Iterable[Listed]:
    return (run for run in reversed(runs) if not run.problem)
