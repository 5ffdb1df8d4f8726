"""What a history needs of each stored run, kept in one file, so that thousands of runs are not read again each time."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from simulator.cli.run_lookup import read_document
from simulator.errors import RunError
from simulator.record.folder import write_whole

FILE = ".runs.json"
FORMAT = 1
WORTH_IT = 50
"""So many runs must be new before the file is written again: reading a few is quicker than writing all."""

_LEFT_OUT = frozenset({
    "errors", "readings", "vitals", "validity", "reasons", "command", "series", "thresholds", "waterfalls",
    "correlations",
})  # fmt: skip
_OF_SERIES = (
    "level", "user", "journey", "step", "name", "phase", "p50_s", "p95_s", "p99_s", "error_rate", "rate_per_s",
)  # fmt: skip
_OF_THRESHOLDS = ("text", "name", "scope", "result", "severity", "leaning")

Document = dict[str, Any]


def histories(reports: Path) -> Sequence[Document]:
    """What `run.json` of every run in a folder says, as far as histories need it, in order of time.

    A run that is new or was judged again is read from its folder; all others come from the file `.runs.json` in it,
    which may be deleted at any time.
    """
    kept = _kept(reports / FILE)
    now: dict[str, list[Any]] = {}
    for name, stamp in _stamps(reports).items():
        known = kept.get(name)
        now[name] = (
            known if known is not None and known[0] == stamp else [stamp, reduced(read_document(reports / name))]
        )
    read = sum(now[name] is not kept.get(name) for name in now)
    if read >= WORTH_IT or (len(kept) >= WORTH_IT and len(kept) > 2 * len(now)):
        _keep(reports / FILE, now)
    return sorted((document for _, document in now.values() if document), key=lambda each: str(each.get("started_at")))


def reduced(document: Mapping[str, Any]) -> Document:
    """A run's document without what no history looks at."""
    if not document:
        return {}
    series = [row for row in document.get("series") or () if row["phase"] is None]
    return {
        **{key: value for key, value in document.items() if key not in _LEFT_OUT},
        "series": [{key: row.get(key) for key in _OF_SERIES} for row in series],
        "thresholds": [{key: row.get(key) for key in _OF_THRESHOLDS} for row in document.get("thresholds") or ()],
    }


def _stamps(reports: Path) -> dict[str, str]:
    """Folder of each run → when its `run.json` was written, and how long that is."""
    found = {}
    try:
        folders = sorted(entry.name for entry in os.scandir(reports) if not entry.name.startswith("."))
    except OSError:
        return {}
    for name in folders:
        try:
            written = (reports / name / "run.json").stat()
        except OSError:
            continue
        found[name] = f"{written.st_mtime_ns} {written.st_size}"
    return found


def _kept(file: Path) -> dict[str, list[Any]]:
    import orjson

    try:
        found = orjson.loads(file.read_bytes())
    except (OSError, ValueError):
        return {}
    fits = isinstance(found, dict) and found.get("format") == FORMAT and isinstance(found.get("runs"), dict)
    return found["runs"] if fits else {}


def _keep(file: Path, runs: Mapping[str, list[Any]]) -> None:
    import orjson

    try:
        write_whole(file, orjson.dumps({"format": FORMAT, "runs": runs}))
    except RunError:
        return  # a folder that is only read keeps no index
