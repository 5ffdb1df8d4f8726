"""What changed since the last builds: a run beside the newest valid ones of other builds that are like it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from simulator.cli.run_lookup import StoredRuns
from simulator.compare.document import comparison_document
from simulator.errors import SimulatorError

MOST_RUNS = 8
MOST_TOLD = 5


def change_since(folder: Path, document: Mapping[str, Any]) -> dict[str, Any] | None:
    """How a stored run compares with the runs of the build before it.

    Returns:
        What goes into `run.json` under `change`; `None` when no earlier run is like this one.
    """
    earlier = _earlier(folder, document)
    if not earlier:
        return None
    from simulator.cli.compare_command import compare_runs

    try:
        compared = comparison_document(compare_runs(earlier, [folder], folder.parent))
    except SimulatorError:
        return None
    worse = [row for row in compared["rows"] if row["judgement"] == "regressed"]
    better = [row for row in compared["rows"] if row["judgement"] == "improved"]
    explained = {_of(explanation["subject"]): explanation["text"] for explanation in compared["explanations"]}
    base = ", ".join(compared["base"]["builds"])
    return {
        "base": base,
        "runs": compared["base"]["runs"],
        "verdict": compared["verdict"],
        "text": f"since {base}: {compared['conclusion']}",
        "worse": [_told(row, explained) for row in worse[:MOST_TOLD]],
        "better": [_told(row, explained) for row in better[:MOST_TOLD]],
    }


def _earlier(folder: Path, document: Mapping[str, Any]) -> Sequence[Path]:
    """The newest runs that are like this one and of one other build."""
    runs = StoredRuns(folder.parent)
    like = runs.find(f"last {MOST_RUNS}", like=document, may_be_empty=True)
    others = [
        path for path in like if runs.document(path).get("build") != document["build"] and path.name < folder.name
    ]
    builds = [runs.document(path).get("build") for path in others]
    return [path for path, build in zip(others, builds, strict=True) if build == builds[-1]]


def _told(row: Mapping[str, Any], explained: Mapping[tuple[str, ...], list[str]]) -> dict[str, Any]:
    title = " › ".join(filter(None, (row["journey"], row["step"], row["name"]))) or "all journeys"
    return {
        "title": title,
        "metric": row["metric"],
        "text": f"{row['metric']} {row['text']}",
        "explained": list(explained.get(_of(row), ())),
    }


def _of(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(row[part] or "" for part in ("user", "journey", "step", "name"))
