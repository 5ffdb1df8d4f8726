"""What was measured in bins of a few seconds: each series is read and folded once, whoever asks."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from simulator.record.histogram import Histogram
from simulator.record.measurements import Measurements
from simulator.record.sample import SeriesKey


class Bin:
    """One stretch of time.

    Attributes:
        ok: response times of what succeeded.
        errors: how many failed.
    """

    __slots__ = ("errors", "ok")

    def __init__(self) -> None:
        self.ok = Histogram()
        self.errors = 0

    @property
    def count(self) -> int:
        """What ended, well or badly."""
        return self.ok.count + self.errors

    @property
    def error_rate(self) -> float | None:
        """The share of what failed; `None` when nothing ended."""
        return self.errors / self.count if self.count else None


class Bins:
    """A run in bins.

    Args:
        measurements: of the run.
        step_s: how many whole seconds a bin lasts.
    """

    def __init__(self, measurements: Measurements, step_s: int) -> None:
        self.measurements = measurements
        self.step_s = step_s
        self._folded: dict[SeriesKey, dict[int, Bin]] = {}

    def of(self, keys: Iterable[SeriesKey]) -> dict[int, Bin]:
        """These series together, bin by bin; empty bins missing."""
        found: dict[int, Bin] = {}
        for key in keys:
            for at, part in self._series(key).items():
                into = found.setdefault(at, Bin())
                into.ok.merge(part.ok)
                into.errors += part.errors
        return found

    def _series(self, key: SeriesKey) -> dict[int, Bin]:
        if key not in self._folded:
            folded: dict[int, Bin] = {}
            with _without_collecting():
                for second, cell in self.measurements.cells(key).items():
                    into = folded.setdefault(second // self.step_s, Bin())
                    into.ok.merge(cell.ok)
                    into.errors += cell.failed.count
            self._folded[key] = folded
        return self._folded[key]


@contextmanager
def _without_collecting() -> Iterator[None]:
    """An hour of a series is thousands of small objects, all alive: looking for garbage among them costs a third."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
