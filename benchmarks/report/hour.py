"""A stored run of one hour with 50 operations in 10 journeys, as a busy gate would leave it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from simulator.cli.judgement import judged
from simulator.record.folder import RunFolder
from simulator.record.manifest import Manifest, PlannedJourney, PlannedPhase, ThresholdFile
from simulator.record.measurements import Measurements
from simulator.record.sample import PhaseSpan, Reading, SeriesKey
from simulator.record.trace import Span, Trace
from simulator.record.window import Window
from simulator.report.json_form import to_json

JOURNEYS, STEPS, SECONDS = 10, 5, 3600
LIMITS_S = (0.8,)
THRESHOLDS = """\
- error_rate < 1%
- p95 < 800 ms
- each: step
  require: p95 < 1.5 s
- kind: browser
  require: lcp p75 < 2.5 s
"""
PHASES = (
    PlannedPhase("warm-up", 0.0, 300.0, False, "20/s"),
    PlannedPhase("steady", 300.0, 1800.0, True, "50/s"),
    PlannedPhase("spike", 2100.0, 600.0, True, "100/s"),
    PlannedPhase("recovery", 2700.0, 900.0, True, "50/s"),
)


def stored_hour(parent: Path) -> Path:
    """Write the run and its `run.json`; returns its folder."""
    started_at = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    folder = RunFolder.create(parent, started_at, "hour")
    spans = [PhaseSpan(p.name, p.start_s, p.start_s + (p.duration_s or 0.0), p.measured) for p in PHASES]
    writer, measured = folder.writer(), Measurements(LIMITS_S, keep_s=1)
    writer.note("manifest", _manifest(folder.path.name, started_at).to_plain())
    writer.note("limits_s", list(LIMITS_S))
    writer.phases(spans)
    for window in _windows():
        writer.append(window)
        measured.add(window)
    writer.note("ending", {"how": "finished", "reason": "", "duration_s": float(SECONDS)})
    writer.finish(measured.totals)
    folder.write("run.json", to_json(judged(folder)))
    return folder.path


def _manifest(name: str, started_at: datetime) -> Manifest:
    journeys = [
        PlannedJourney("Shopper", "api", f"journey {at}", 1, [], [f"step {step}" for step in range(STEPS)], True)
        for at in range(JOURNEYS)
    ]
    return Manifest(
        name, "hour", started_at.isoformat(timespec="seconds"), "http://127.0.0.1:8080", profile="gate",
        phases=PHASES, journeys=journeys, thresholds=[ThresholdFile("release.yaml", THRESHOLDS)], limits_s=LIMITS_S,
    )  # fmt: skip


def _windows() -> Iterator[Window]:
    rng = random.Random(11)
    for second in range(SECONDS):
        phase = [phase.name for phase in PHASES if phase.start_s <= second][-1]
        window, slow = Window(second), 2.0 if phase == "spike" else 1.0
        for at in range(JOURNEYS):
            _journey(window, at, phase, slow, rng)
        page = SeriesKey("vital", "Visitor", "look", "/", "lcp", "browser", phase)
        window.cell(page).add_ok([slow * rng.lognormvariate(0, 0.3)], LIMITS_S)
        for source in ("generator", "shop", "payments", "orders"):
            cpu = 0.3 * slow + 0.1 * rng.random()
            window.readings.append(Reading(source, "cpu", "share", second + 0.9, cpu))
            window.readings.append(Reading(source, "memory", "bytes", second + 0.9, 2e8 + 1e4 * second))
        window.readings.append(Reading("generator", "users", "", second + 0.9, 20.0 * slow))
        yield window


def _journey(window: Window, at: int, phase: str, slow: float, rng: random.Random) -> None:
    journey, start_s, spans = f"journey {at}", 0.0, []
    for step in range(STEPS):
        name = f"GET /api/things/{at}/parts/{step}"
        key = SeriesKey("operation", "Shopper", journey, f"step {step}", name, "http", phase)
        times_s = [slow * rng.lognormvariate(-2.5, 0.5) for _ in range(5)]
        for level in (key, key._replace(level="step", name="", kind="journey")):
            cell = window.cell(level)
            cell.add_ok(times_s, LIMITS_S)
            if rng.random() < 0.01:
                cell.failed.add(0.2)
        spans.append(Span("operation", name, "http", start_s, times_s[0], "ok"))
        spans.append(Span("step", f"step {step}", "", start_s, times_s[0], "ok"))
        start_s += times_s[0]
    window.cell(SeriesKey("journey", "Shopper", journey, "", "", "journey", phase)).add_ok([start_s] * 5, LIMITS_S)
    window.traces.append(Trace("Shopper", journey, phase, "", float(window.second), 0.0, start_s, rng.random(), spans))
