from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from simulator.document import parse_document
from simulator.node import Problems
from simulator.record.failure import Failure, FailureKey
from simulator.record.measurements import Measurements
from simulator.record.sample import PhaseSpan, Reading, SeriesKey
from simulator.record.window import Window
from simulator.threshold.load import read_thresholds
from simulator.threshold.threshold import Threshold, limits_of

PAY = SeriesKey("operation", "Shopper", "buy_a_lamp", "pay", "POST /api/orders", "http", "steady")


@dataclass
class Run:
    """A run made up by hand: what ends in which second."""

    thresholds: tuple[Threshold, ...] = ()
    phases: list[PhaseSpan] = field(default_factory=lambda: [PhaseSpan("steady", 0.0, 60.0, True)])
    exact: bool = True
    windows: dict[int, Window] = field(default_factory=dict)

    def window(self, second: int) -> Window:
        return self.windows.setdefault(second, Window(second))

    def ok(self, second: int, times_s: Sequence[float], key: SeriesKey = PAY) -> "Run":
        limits_s = limits_of(self.thresholds) if self.exact else ()
        self.window(second).cell(key).add_ok(times_s, limits_s)
        return self

    def failed(self, second: int, count: int, key: SeriesKey = PAY, error_class: str = "http 502") -> "Run":
        for _ in range(count):
            self.window(second).cell(key).failed.add(0.1)
        kind = FailureKey(key.user, key.journey, key.step, key.name, error_class, "bad", key.phase)
        self.window(second).fail(Failure(kind, "bad", count, second, second))
        return self

    def dropped(self, second: int, count: int, key: SeriesKey) -> "Run":
        self.window(second).cell(key).dropped += count
        return self

    def read(self, source: str, metric: str, values: Iterable[float]) -> "Run":
        for second, value in enumerate(values):
            self.window(second).readings.append(Reading(source, metric, "share", float(second), value))
        return self

    def measurements(self, keep_s: int | None = None) -> Measurements:
        made = Measurements(limits_of(self.thresholds) if self.exact else (), keep_s=keep_s)
        for phase in self.phases:
            made.begin_phase(phase)
        for second in sorted(self.windows):
            made.add(self.windows[second])
        return made


@pytest.fixture
def limits() -> Callable[[str], tuple[Threshold, ...]]:
    """Thresholds from the lines of a list."""

    def read(text: str, environ: Mapping[str, str] | None = None) -> tuple[Threshold, ...]:
        problems = Problems()
        found = read_thresholds(parse_document(text, "t.yaml", environ=environ or {}, problems=problems))
        problems.raise_if_any()
        return found

    return read


@pytest.fixture
def new_run(limits: Callable[[str], tuple[Threshold, ...]]) -> Callable[..., Run]:
    """An empty run that is judged by the thresholds of a text."""

    def make(text: str, *phases: PhaseSpan, exact: bool = True) -> Run:
        run = Run(limits(text), exact=exact)
        if phases:
            run.phases = list(phases)
        return run

    return make
