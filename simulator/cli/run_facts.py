"""What stored runs say, from what they have kept or, the first time, from their data."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simulator.cli.run_lookup import read_document
from simulator.compare.facts import RunFacts
from simulator.compare.kept_facts import FILE_NAME, from_plain, to_plain
from simulator.errors import RunError
from simulator.record.folder import RunFolder
from simulator.record.measurements import Measurements


def facts_in(path: Path) -> tuple[Mapping[str, Any], RunFacts]:
    """A stored run's document and what it says about its subjects.

    Raises:
        UsageError: there is no run in the folder, or it is damaged.
    """
    folder, document = RunFolder.open(path), read_document(path)
    kept = _kept(path) if document else None
    if kept is not None:
        return document, kept
    if document:
        facts = _facts(document, folder.reader().measurements())
        keep_facts(folder, facts)
        return document, facts
    from simulator.cli.judgement import judged_and_asked

    run, facts = judged_and_asked(folder)
    return run.document, facts


def keep_facts(folder: RunFolder, facts: RunFacts) -> None:
    """Keep what a run that came to its end says in its folder, where that may be written to."""
    with contextlib.suppress(RunError):
        folder.write(FILE_NAME, json.dumps(to_plain(facts)))


def _facts(document: Mapping[str, Any], measurements: Measurements) -> RunFacts:
    from simulator.compare.measured import facts_of

    return facts_of(measurements, run=str(document["run"]), build=str(document["build"]))


def _kept(path: Path) -> RunFacts | None:
    import orjson

    file = path / FILE_NAME
    try:
        if file.stat().st_mtime_ns < (path / "data.sqlite").stat().st_mtime_ns:
            return None
        return from_plain(orjson.loads(file.read_bytes()))
    except (OSError, ValueError):
        return None
