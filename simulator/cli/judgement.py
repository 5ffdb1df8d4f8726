"""From a run folder to a verdict, and to the files that tell it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from simulator.cli.names import known_names_of
from simulator.errors import UsageError
from simulator.monitor.validity import validity_of
from simulator.record.folder import RunFolder
from simulator.record.manifest import Manifest
from simulator.report.document import run_document
from simulator.report.index import write_index
from simulator.report.render import FILES, render
from simulator.report.run import Run
from simulator.threshold import Threshold, decide, judge, parse_thresholds


def judged(folder: RunFolder, *, strict: bool = False, interrupted: str | None = None,
           thresholds: Sequence[Threshold] | None = None) -> Run:  # fmt: skip
    """A run folder's data, judged by its own thresholds or by others.

    Raises:
        UsageError: there is no run in the folder, or it is damaged.
    """
    reader = folder.reader()
    plain = reader.meta("manifest")
    if plain is None:
        raise UsageError(f"{folder.path} holds no run that has begun")
    manifest, measurements = Manifest.from_plain(plain), reader.measurements()
    ending = reader.meta("ending")
    if thresholds is None:
        thresholds = parse_thresholds([(file.file, file.text) for file in manifest.thresholds])
    validity = validity_of(measurements, manifest, ending, reader.events())
    rulings = judge(thresholds, measurements, final=True, plan_names=known_names_of(manifest))
    verdict = decide(rulings, validity, measurements, strict=strict, interrupted=interrupted)
    document = run_document(manifest, measurements, ending, rulings, verdict, validity)
    return Run(folder.path, document, measurements, reader.events())


def stored(path: Path) -> Run:
    """A stored run with the verdict that it was given; a run that never came to its end is judged now.

    Raises:
        UsageError: there is no run in the folder, or it is damaged.
    """
    folder = RunFolder.open(path)
    document = folder.read_json("run.json")
    if document is None:
        return judged(folder)
    reader = folder.reader()
    return Run(folder.path, document, reader.measurements(), reader.events())


def judge_and_write(folder: RunFolder, *, strict: bool, interrupted: str | None) -> Run:
    """Judge a run that has just ended and write everything that tells about it.

    The verdict is written first: whatever may go wrong with a page, it stands.
    """
    run = judged(folder, strict=strict, interrupted=interrupted)
    for name, format in FILES.items():
        folder.write(name, render(run, format))
    write_index(folder.path.parent)
    return run
