"""Response times in logarithmic buckets that merge by addition.

The bucket base is 2^(1/128), OpenTelemetry's exponential histogram at scale 7: bucket `i` holds the values from
`2^(i/128)` up to (not including) `2^((i+1)/128)` microseconds, so the geometric middle of a bucket is at most 0.27%
from any value in it. Values of one microsecond and less share bucket 0.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Sequence
from itertools import accumulate
from operator import sub
from typing import Any

BUCKETS_PER_OCTAVE = 128
UNIT_S = 1e-6


def bucket_of(value_s: float) -> int:
    """The bucket that a value in seconds falls into."""
    if value_s <= UNIT_S:
        return 0
    return math.floor(math.log2(value_s / UNIT_S) * BUCKETS_PER_OCTAVE)


def middle_of(bucket: int) -> float:
    """The geometric middle of a bucket, in seconds."""
    return float(2.0 ** ((bucket + 0.5) / BUCKETS_PER_OCTAVE)) * UNIT_S


def rank_of(q: float, count: int) -> int:
    """The nearest rank, from 1, of quantile `q` among `count` values: the smallest that at least `q` do not exceed."""
    return max(1, math.ceil(round(q * count, 9)))


Packed = tuple[Sequence[int], Sequence[int]]
"""Differences of buckets, and how many values are in each."""
MOST_PACKED = 8
"""So many are kept side by side before they are added up."""


class Histogram:
    """How often which value occurred, with exact count, sum, minimum and maximum.

    Attributes:
        counts: bucket → how many values; sparse.
        count: number of values.
        sum_s: their sum in seconds.
        min_s: the smallest, in seconds; infinity when empty.
        max_s: the largest, in seconds; 0 when empty.
    """

    __slots__ = ("_packed", "count", "counts", "max_s", "min_s", "sum_s")

    def __init__(self) -> None:
        self.counts: dict[int, int] = {}
        self._packed: tuple[Packed, ...] = ()
        self.count = 0
        self.sum_s = 0.0
        self.min_s = math.inf
        self.max_s = 0.0

    def __getattr__(self, name: str) -> Any:
        """`counts` of a histogram that was read are made when they are asked for; most are only passed on."""
        if name != "counts":
            raise AttributeError(name)
        counts: dict[int, int] = {}
        self.counts = counts
        for packed in self._packed:
            _add_packed(counts, packed)
        self._packed = ()
        return counts

    @classmethod
    def of(cls, values_s: Iterable[float]) -> Histogram:
        """The histogram of the given values in seconds."""
        made = cls()
        for value_s in values_s:
            made.add(value_s)
        return made

    def add(self, value_s: float, times: int = 1) -> None:
        """Count one value; a negative `times` takes it back (its minimum and maximum stay)."""
        bucket = bucket_of(value_s)
        left = self.counts.get(bucket, 0) + times
        if left:
            self.counts[bucket] = left
        else:
            self.counts.pop(bucket, None)
        self.count += times
        self.sum_s += value_s * times
        if times > 0:
            self.min_s = min(self.min_s, value_s)
            self.max_s = max(self.max_s, value_s)

    def add_many(self, values_s: Sequence[float]) -> None:
        """Count many values at once; numpy does the work when there are enough to pay for it."""
        if len(values_s) < 32:
            for value_s in values_s:
                self.add(value_s)
            return
        import numpy as np  # on the first busy second only; workers import it before the load begins

        values = np.asarray(values_s, dtype=np.float64)
        logs = np.log2(np.maximum(values / UNIT_S, 1.0)) * BUCKETS_PER_OCTAVE
        buckets = logs.astype(np.int64)  # none is below 0
        lowest = int(buckets.min())
        counts = np.bincount(buckets - lowest)
        filled = np.flatnonzero(counts)
        mine = self.counts
        for bucket, times in zip((filled + lowest).tolist(), counts[filled].tolist(), strict=True):
            mine[bucket] = mine.get(bucket, 0) + times
        self.count += len(values_s)
        self.sum_s += float(values.sum())
        self.min_s = min(self.min_s, float(values.min()))
        self.max_s = max(self.max_s, float(values.max()))

    def merge(self, other: Histogram) -> None:
        """Add the counts of another histogram to this one."""
        if self._packed and other._packed and len(self._packed) < MOST_PACKED:
            self._packed += other._packed
        elif other._packed:
            for packed in other._packed:
                _add_packed(self.counts, packed)
        elif not self.counts:
            self.counts.update(other.counts)
        else:
            mine, get = self.counts, self.counts.get
            for bucket, times in other.counts.items():
                mine[bucket] = get(bucket, 0) + times
            if 0 in mine.values():  # what was counted in one was taken back in the other
                self.counts = {bucket: times for bucket, times in mine.items() if times}
        self.count += other.count
        self.sum_s += other.sum_s
        self.min_s = min(self.min_s, other.min_s)
        self.max_s = max(self.max_s, other.max_s)

    def percentile(self, q: float) -> float | None:
        """The nearest-rank value in seconds at quantile `q` (0 to 1), or `None` when empty."""
        if self.count <= 0:
            return None
        rank, seen = rank_of(q, self.count), 0
        for bucket in sorted(self.counts):
            seen += self.counts[bucket]
            if seen >= rank:  # the lowest bucket holds zeros: counts, and shifts of the layout
                return min(max(middle_of(bucket), self.min_s), self.max_s) if bucket else self.min_s
        return self.max_s

    def mean(self) -> float | None:
        """The exact mean in seconds, or `None` when empty."""
        return self.sum_s / self.count if self.count > 0 else None

    def stdev(self) -> float | None:
        """The standard deviation in seconds, from bucket middles; `None` below two values."""
        mean = self.mean()
        if mean is None or self.count < 2:
            return None
        squares = sum(times * (middle_of(bucket) - mean) ** 2 for bucket, times in self.counts.items())
        return math.sqrt(max(0.0, squares) / (self.count - 1))

    def at_least(self, value_s: float) -> int:
        """How many values are as large as `value_s` or larger, as far as buckets can tell (its own bucket counts)."""
        first = bucket_of(value_s)
        return sum(times for bucket, times in self.counts.items() if bucket >= first)

    def pack(self) -> None:
        """Take an eighth of the memory from now on, until the counts are asked for."""
        if not self._packed and self.counts:
            steps, counts = self._steps()
            self._packed = ((array("i", steps), array("q", counts)),)
            del self.counts

    def to_plain(self) -> list[Any]:
        """Lists and numbers: sum, minimum, maximum, bucket differences, counts. An empty list when empty."""
        if len(self._packed) == 1:
            return [self.sum_s, self.min_s, self.max_s, *map(list, self._packed[0])]
        if not self.counts and not self.count:
            return []
        return [self.sum_s, self.min_s, self.max_s, *self._steps()]

    def _steps(self) -> tuple[list[int], list[int]]:
        buckets = sorted(self.counts)
        return list(map(sub, buckets, [0, *buckets])), list(map(self.counts.__getitem__, buckets))

    @classmethod
    def from_plain(cls, plain: Sequence[Any]) -> Histogram:
        """The histogram that `to_plain` wrote."""
        made = cls()
        if not plain:
            return made
        made.sum_s, made.min_s, made.max_s, steps, counts = plain
        if len(steps) != len(counts):
            raise ValueError("a histogram has as many counts as buckets")
        made._packed, made.count = ((steps, counts),), sum(counts)
        del made.counts
        return made


def _add_packed(counts: dict[int, int], packed: Packed) -> None:
    """Add what `to_plain` wrote; counts that come to nothing go."""
    if not counts:
        counts.update(zip(accumulate(packed[0]), packed[1], strict=True))
        return
    get = counts.get
    for bucket, times in zip(accumulate(packed[0]), packed[1], strict=True):
        total = get(bucket, 0) + times
        if total:
            counts[bucket] = total
        else:  # what was counted in one was taken back in the other
            counts.pop(bucket, None)
