from collections.abc import Callable, Mapping

import numpy as np
import pytest

from simulator.compare.facts import RunFacts, SubjectFacts
from simulator.compare.subject import Subject
from simulator.record.change import Estimate, Share
from simulator.record.measurements import Measurements
from simulator.record.sample import PhaseSpan, SeriesKey
from simulator.record.window import Window

STEP = Subject("Shopper", "buy", "pay")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20260101)


@pytest.fixture
def run_of() -> Callable[..., RunFacts]:
    """A run that says the given p95 of each subject, with 1% error, and so many failures of 1000."""

    def make(times_s: Mapping[Subject, float], bad: float = 0, count: int = 1000, error: float = 0.01) -> RunFacts:
        subjects = {
            subject: SubjectFacts(count, time_s, {"p95": Estimate(time_s, error)}, Share(bad, count), None)
            for subject, time_s in times_s.items()
        }
        return RunFacts("run", "build", subjects)

    return make


@pytest.fixture
def measured() -> Callable[..., Measurements]:
    """Measurements of one journey with one step of one operation; `times_of(second)` gives its response times."""

    def make(
        times_of: Callable[[int], list[float]], seconds: int = 60, phases: tuple[PhaseSpan, ...] | None = None
    ) -> Measurements:
        made = Measurements()
        for phase in phases or (PhaseSpan("steady", 0.0, float(seconds), True),):
            made.begin_phase(phase)
        for second in range(seconds):
            phase = next(p.name for p in made.phases if p.end_s is None or second < p.end_s)
            window = Window(second)
            key = SeriesKey("operation", "Shopper", "buy", "pay", "POST /orders", "http", phase)
            for each in (key, key._replace(level="step", name=""), key._replace(level="journey", step="", name="")):
                window.cell(each).add_ok(times_of(second), ())
            made.add(window)
        return made

    return make
