"""Some series added up, second by second, as arrays: what intervals, warm-up and steadiness are computed from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.record.cell import Cell
from simulator.record.histogram import BUCKETS_PER_OCTAVE, UNIT_S, middle_of, rank_of
from simulator.record.interval import MIDDLE, MOST_SLICES, Interval, mean_interval, rank_interval, share_interval
from simulator.record.measurements import Measurements
from simulator.record.sample import PhaseSpan, SeriesKey

Array = NDArray[Any]


@dataclass(frozen=True)
class Timeline:
    """Some series added up.

    Attributes:
        seconds: the seconds that count, in order; every array "a second" is as long.
        lasted_s: how much of each second was measured; nothing of one in which only what began earlier ended.
        ok: successes a second.
        failed: failures a second.
        dropped: arrivals a second that nobody was free to start.
        sum_s: response times of the successes a second, added up.
        at: of each histogram entry, the place of its second.
        bucket: of each histogram entry, its bucket.
        times: of each histogram entry, how many successes.
        spread: bucket → how many successes, when the entries are coarse and do not tell; `None` otherwise.
    """

    seconds: Array
    lasted_s: Array
    ok: Array
    failed: Array
    dropped: Array
    sum_s: Array
    at: Array
    bucket: Array
    times: Array
    spread: Array | None = None

    @cached_property
    def by_bucket(self) -> Array:
        """How many successes in each bucket, over the whole time."""
        if self.spread is not None:
            return self.spread
        return np.bincount(self.bucket, weights=self.times) if len(self.bucket) else np.zeros(1)

    @property
    def count(self) -> float:
        """Successes in all."""
        return float(self.ok.sum())

    def percentile(self, q: float) -> float | None:
        """The nearest-rank response time in seconds of the successes, from buckets; `None` when there are none."""
        return middle_of(self._edge(q)) if self.count else None

    def percentile_interval(self, q: float) -> Interval | None:
        """The 95% interval of a percentile in seconds; `None` when there are no samples."""
        if not self.count:
            return None
        own = self._middle if q == MIDDLE else self._own_interval(q)
        return own.at_least_as(self._middle)

    @cached_property
    def _middle(self) -> Interval:
        return self._own_interval(MIDDLE)

    def _own_interval(self, q: float) -> Interval:
        edge = self._edge(q)
        below = np.bincount(self.at, weights=self.times * (self.bucket <= edge), minlength=len(self.seconds))
        shares = rank_interval(self._sliced(below), self._sliced(self.ok), q, seconds=len(self.seconds))
        low, high = self._edge(max(shares.low, 1e-12)), self._edge(shares.high)
        return Interval(middle_of(low), middle_of(high), middle_of(edge), self.count, shares.design_effect, shares.t)

    def error_interval(self, *, dropped: bool = True) -> Interval:
        """The 95% interval of the share of failures; dropped arrivals are failures too, unless they are left out."""
        bad = self.failed + self.dropped if dropped else self.failed
        return share_interval(self._sliced(bad), self._sliced(self.ok + bad), seconds=len(self.seconds))

    def rate_interval(self) -> Interval | None:
        """The 95% interval of what ended per second; `None` when the time is too short to tell."""
        ended = self._sliced(self.ok + self.failed)
        return mean_interval(ended, self._sliced(self.lasted_s), seconds=len(self.seconds))

    def sliced_percentiles(self, q: float, slices: int) -> list[float | None]:
        """A percentile of each of so many equal slices of the time, in seconds; `None` where a slice is empty."""
        place = (np.arange(len(self.seconds)) * slices // max(1, len(self.seconds)))[self.at]
        found: list[float | None] = []
        for number in range(slices):
            inside = place == number
            counts = np.bincount(self.bucket[inside], weights=self.times[inside]) if inside.any() else np.zeros(1)
            found.append(middle_of(_edge(counts, q)) if counts.sum() else None)
        return found

    def mean_logs(self, width_s: int) -> list[float | None]:
        """The mean logarithm of the response times in consecutive stretches of so many seconds; `None` where empty."""
        logs = np.log(2.0) * (self.bucket + 0.5) / BUCKETS_PER_OCTAVE + np.log(UNIT_S)
        stretches = -(-len(self.seconds) // width_s)
        place = self.at // width_s
        sums = np.bincount(place, weights=self.times * logs, minlength=stretches)
        counts = np.bincount(place, weights=self.times, minlength=stretches)
        return [float(top / count) if count else None for top, count in zip(sums, counts, strict=True)]

    def coarse(self, spread: Array, quantiles: Iterable[float]) -> Timeline:
        """The same, knowing of each second only how much lay below some percentiles.

        Args:
            spread: bucket → how many successes, of all that are to be joined.
            quantiles: of that, which percentiles will be asked for.
        """
        edges = sorted({_edge(spread, q) for q in quantiles} | {len(spread)})
        size = len(edges)
        place = self.at * size + np.searchsorted(edges, self.bucket)
        counts = np.bincount(place, weights=self.times, minlength=len(self.seconds) * size)
        filled = np.flatnonzero(counts)
        return replace(
            self, at=filled // size, bucket=np.array(edges)[filled % size], times=counts[filled], spread=spread
        )

    def from_second(self, place: int) -> Timeline:
        """What came from this place in `seconds` on."""
        inside = self.at >= place
        return Timeline(
            self.seconds[place:], self.lasted_s[place:], self.ok[place:], self.failed[place:], self.dropped[place:],
            self.sum_s[place:], self.at[inside] - place, self.bucket[inside], self.times[inside],
        )  # fmt: skip

    @cached_property
    def _slice_of(self) -> Array:
        """Of each second, the slice that it lies in."""
        return np.arange(len(self.seconds)) * min(MOST_SLICES, len(self.seconds)) // max(1, len(self.seconds))

    def _sliced(self, values: Array) -> list[float]:
        count = min(MOST_SLICES, len(self.seconds))
        sums: list[float] = np.bincount(self._slice_of, weights=values, minlength=count).tolist()
        return sums

    def _edge(self, q: float) -> int:
        return _edge(self.by_bucket, q)


def timeline(measurements: Measurements, keys: Sequence[SeriesKey], *, measured: bool = True) -> Timeline:
    """These series over the run's measured phases (or over all of it), added up.

    Seconds of those phases in which nothing ended count as empty; what began in them and ended later counts where it
    ended.
    """
    cells = [cell for key in keys for cell in measurements.plain_seconds(key)]
    phases = [phase for phase in measurements.phases if phase.measured or not measured]
    wanted = {second for phase in phases for second in _seconds(phase)}
    ended = {second for second, _ in cells}
    if measurements.last_second >= 0:
        wanted = {second for second in wanted if second <= measurements.last_second}
    seconds = np.array(sorted(wanted | ended), dtype=np.int64)
    places = np.searchsorted(seconds, np.array([second for second, _ in cells], dtype=np.int64))
    return _columns(seconds, _lasted_s(seconds, phases, measurements.last_second), places, [cell for _, cell in cells])


def joined(lines: Sequence[Timeline]) -> Timeline:
    """Coarse timelines of the same run as one; there is at least one."""
    seconds = np.unique(np.concatenate([line.seconds for line in lines]))
    places = [np.searchsorted(seconds, line.seconds) for line in lines]
    place = np.concatenate(places)

    def added(values: Iterable[Array]) -> Array:
        return np.bincount(place, weights=np.concatenate(list(values)), minlength=len(seconds))

    lasted_s = np.zeros(len(seconds))
    for where, line in zip(places, lines, strict=True):
        lasted_s[where] = np.maximum(lasted_s[where], line.lasted_s)
    return Timeline(
        seconds, lasted_s, added(line.ok for line in lines), added(line.failed for line in lines),
        added(line.dropped for line in lines), added(line.sum_s for line in lines),
        np.concatenate([where[line.at] for where, line in zip(places, lines, strict=True)]),
        np.concatenate([line.bucket for line in lines]), np.concatenate([line.times for line in lines]),
        lines[0].spread,
    )  # fmt: skip


def spread_of(cell: Cell) -> Array:
    """Bucket → how many successes."""
    counts = cell.ok.counts
    found = np.zeros(max(counts, default=0) + 1)
    found[list(counts)] = list(counts.values())
    return found


def _lasted_s(seconds: Array, phases: Sequence[PhaseSpan], last_second: int) -> Array:
    lasted_s = np.zeros(len(seconds))
    for phase in phases:
        end_s = phase.end_s if phase.end_s is not None else last_second + 1
        lasted_s += np.clip(np.minimum(seconds + 1, end_s) - np.maximum(seconds, phase.start_s), 0, None)
    return lasted_s


def _columns(seconds: Array, lasted_s: Array, places: Array, cells: Sequence[Any]) -> Timeline:
    steps: list[int] = []
    times: list[int] = []
    lengths = np.zeros(len(cells), dtype=np.int64)
    sums, failed, dropped = np.zeros(len(cells)), np.zeros(len(cells)), np.zeros(len(cells))
    for number, plain in enumerate(cells):
        ok, bad = plain[0], plain[1]
        if ok:
            sums[number] = ok[0]
            steps += ok[3]
            times += ok[4]
            lengths[number] = len(ok[3])
        if bad:
            failed[number] = sum(bad[4])
        failed[number] += sum(plain[8:])  # without an answer; files of before do not tell
        dropped[number] = plain[5]
    bucket = absolute_buckets(np.array(steps, dtype=np.int64), lengths)
    at = np.repeat(places, lengths)
    counts, size = np.array(times, dtype=np.float64), len(seconds)
    ok_s = np.bincount(at, weights=counts, minlength=size) if len(at) else np.zeros(size)
    failed_s, dropped_s, sum_s = (np.bincount(places, weights=v, minlength=size) for v in (failed, dropped, sums))
    return Timeline(seconds, lasted_s, ok_s, failed_s, dropped_s, sum_s, at, bucket, counts)


def absolute_buckets(steps: Array, lengths: Array) -> Array:
    """Buckets from their differences, which begin anew in every cell."""
    if not len(steps):
        return steps
    running = np.cumsum(steps)
    begins = np.concatenate(([0], np.cumsum(lengths)[:-1]))
    before = np.where(begins > 0, running[np.maximum(begins, 1) - 1], 0)
    absolute: Array = running - np.repeat(before, lengths)
    return absolute


def _edge(counts: Array, q: float) -> int:
    """The bucket in which the nearest rank lies."""
    total = round(float(counts.sum()))
    return int(np.searchsorted(np.cumsum(counts), rank_of(q, total) - 0.5))


def _seconds(phase: Any) -> Iterable[int]:
    end_s = phase.end_s if phase.end_s is not None else phase.start_s
    return range(int(phase.start_s), max(int(phase.start_s), int(end_s)))
