"""What was measured in bins of a few seconds: each series is read and folded once, whoever asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from simulator.compare.timeline import absolute_buckets
from simulator.record.histogram import Histogram
from simulator.record.measurements import Measurements
from simulator.record.sample import SeriesKey

BUCKETS = 1 << 20
"""More than there are: a place is a bin and a bucket in one number."""


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

    def take(self, plain: Sequence[Any]) -> None:
        """Add a cell as it is stored, all but the buckets of its histogram."""
        ok, failed = plain[0], plain[1]
        if ok:
            self.ok.count += sum(ok[4])
            self.ok.sum_s += ok[0]
            self.ok.min_s = min(self.ok.min_s, ok[1])
            self.ok.max_s = max(self.ok.max_s, ok[2])
        if failed:
            self.errors += sum(failed[4])

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
            cells = [(second // self.step_s, plain) for second, plain in self.measurements.plain_seconds(key)]
            self._folded[key] = folded = {at: Bin() for at, _ in cells}
            for at, plain in cells:
                folded[at].take(plain)
            _count(folded, [(at, plain[0]) for at, plain in cells if plain[0]])
        return self._folded[key]


def _count(bins: Mapping[int, Bin], packed: Sequence[tuple[int, Sequence[Any]]]) -> None:
    """Add up packed histograms bin by bin, all of a series at once: an hour of it has thousands."""
    if not packed:
        return
    steps = np.array([step for _, ok in packed for step in ok[3]], dtype=np.int64)
    times = np.array([count for _, ok in packed for count in ok[4]], dtype=np.int64)
    lengths = np.array([len(ok[3]) for _, ok in packed], dtype=np.int64)
    places = np.repeat(np.array([at for at, _ in packed], dtype=np.int64), lengths)
    found, which = np.unique(places * BUCKETS + absolute_buckets(steps, lengths), return_inverse=True)
    sums = np.bincount(which, weights=times).astype(np.int64)
    for place, count in zip(found.tolist(), sums.tolist(), strict=True):
        if count:
            bins[place // BUCKETS].ok.counts[place % BUCKETS] = count
