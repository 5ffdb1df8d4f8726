"""Stored runs of any size, made up: for measuring how quickly readers read."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from simulator.record.folder import RunFolder
from simulator.record.manifest import Manifest, PlannedJourney, PlannedPhase
from simulator.record.measurements import Measurements
from simulator.record.sample import PhaseSpan, Reading, SeriesKey
from simulator.record.window import Window
from simulator.report.document import run_document
from simulator.threshold.verdict import Verdict

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def series(journeys: int, steps: int) -> list[SeriesKey]:
    """Journeys with so many steps of one operation each."""
    found = []
    for journey in range(journeys):
        name = f"journey_{journey}"
        found.append(SeriesKey("journey", "Shopper", name, "", "", "journey", "steady"))
        for step in range(steps):
            key = SeriesKey("step", "Shopper", name, f"step {step}", "", "http", "steady")
            found += [key, key._replace(level="operation", name=f"GET /{step}")]
    return found


def write_run(
    reports: Path, build: str, number: int, *, seconds: int, per_s: float, keys: list[SeriesKey], slower: float = 1.0,
    seed: int = 0,
) -> Path:  # fmt: skip
    """A run folder with data and `run.json`; `per_s` samples a second are spread over all series."""
    rng = np.random.default_rng(seed)
    folder = RunFolder.create(reports, BEGIN + timedelta(hours=number), build)
    manifest = Manifest(
        run=folder.path.name, build=build, started_at=(BEGIN + timedelta(hours=number)).isoformat(), host="http://host",
        machine={"system": "Linux", "processor": "x", "cores": 2}, profile="gate",
        phases=[PlannedPhase("steady", 0.0, float(seconds), True, "20/s")],
        journeys=[PlannedJourney("Shopper", "api", name) for name in sorted({key.journey for key in keys})],
    )  # fmt: skip
    span = PhaseSpan("steady", 0.0, float(seconds), True)
    writer = folder.writer()
    writer.note("manifest", manifest.to_plain())
    writer.note("limits_s", [])
    writer.phases([span])
    ending = {"how": "finished", "reason": "", "duration_s": float(seconds)}
    measured = Measurements()
    for second in range(seconds):
        window = Window(second)
        for key, count in zip(keys, rng.poisson(per_s / len(keys), len(keys)), strict=True):
            if count:
                times_s = 0.1 * slower * np.exp(rng.normal(0, 0.5, count))
                window.cell(key).add_ok(times_s.tolist(), ())
        window.readings.append(Reading("generator", "cpu", "share", float(second), 0.3))
        writer.append(window)
        measured.add(window)
    writer.note("ending", ending)
    writer.finish(measured.totals)
    verdict = Verdict("passed", 0, ())
    document = run_document(manifest, folder.reader().measurements(), ending, [], verdict, [])
    folder.write("run.json", json.dumps(document))
    return folder.path
