"""What was measured in one case, in the form in which limits are decided: sums over seconds."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import cached_property

from simulator.record.cell import Cell, merged
from simulator.record.histogram import Histogram, middle_of, rank_of
from simulator.record.measurements import Measurements
from simulator.record.sample import PhaseSpan
from simulator.threshold.case import Case

Pair = tuple[float, float]
"""A sum, and the sum that it is a share or a mean of."""


class Observed:
    """What was measured in one case.

    Args:
        case: the threshold in its scope.
        measurements: of the run so far.

    Attributes:
        case: the threshold in its scope.
        limit: its limit.
        measurements: of the run so far.
    """

    def __init__(self, case: Case, measurements: Measurements) -> None:
        self.case = case
        self.limit = case.threshold.limit
        self.measurements = measurements
        edge_s, limits_s = self.limit.edge_s, measurements.limits_s
        counted = self.limit.metric not in ("service_time", "wait_time") and edge_s in limits_s
        self._over_at = limits_s.index(edge_s) if counted else None

    @cached_property
    def cells(self) -> dict[int, Cell]:
        """What the series measured, second by second."""
        if self.limit.within_s is None:
            return self.measurements.seconds(self.case.keys)
        found: dict[int, Cell] = {}
        for phase in self.case.phases:
            seconds = self.measurements.seconds(key for key in self.case.keys if key.phase == phase.name)
            for second, cell in seconds.items():
                if second >= self._start_s(phase):
                    found.setdefault(second, Cell()).merge(cell)
        return found

    @cached_property
    def total(self) -> Cell:
        """What the series measured over the whole stretch."""
        if self.limit.within_s is None:
            return self.measurements.total(self.case.keys)
        return merged(self.cells.values())

    @cached_property
    def dropped(self) -> dict[int, int]:
        """Arrivals that no user was free to start, second by second."""
        found: dict[int, int] = {}
        for phase in self.case.phases:
            seconds = self.measurements.seconds(key for key in self.case.journeys if key.phase == phase.name)
            for second, cell in seconds.items():
                if cell.dropped and second >= self._start_s(phase):
                    found[second] = found.get(second, 0) + cell.dropped
        return found

    @cached_property
    def dropped_total(self) -> int:
        """Arrivals that no user was free to start."""
        if self.limit.within_s is None:
            return self.measurements.total(self.case.journeys).dropped
        return sum(self.dropped.values())

    @property
    def failures(self) -> Pair:
        """Failures among everything, over the whole stretch."""
        return _failures(self.total, self.dropped_total)

    @cached_property
    def readings(self) -> list[tuple[float, float]]:
        """A gauge's moments and values."""
        if self.case.source is None:
            return []
        spans = [(self._start_s(phase), self._end_s(phase)) for phase in self.case.phases]
        read = self.measurements.readings(self.case.source, self.limit.gauge)
        return [(r.at_s, r.value) for r in read if any(start_s <= r.at_s < end_s for start_s, end_s in spans)]

    @cached_property
    def stretches(self) -> list[range]:
        """Whole seconds that belong to the phases, as far back as they are kept, neighbouring phases joined."""
        found: list[range] = []
        for phase in self.case.phases:
            first = max(math.ceil(self._start_s(phase)), self.measurements.first_second)
            end = math.floor(self._end_s(phase))
            if found and first <= found[-1].stop + 1 and self.limit.within_s is None:
                found[-1] = range(found[-1].start, max(end, found[-1].stop))
            elif end > first:
                found.append(range(first, end))
        return found

    @property
    def span_s(self) -> float:
        """How long the phases lasted so far, in seconds, without what `within` leaves out."""
        return sum(max(0.0, self._end_s(phase) - self._start_s(phase)) for phase in self.case.phases)

    def times(self, cell: Cell) -> Histogram:
        """The times that the metric is about."""
        if self.limit.metric == "service_time":
            return cell.service_times()
        if self.limit.metric != "wait_time":
            return cell.ok
        if cell.wait is not None:
            return cell.wait
        unhurried = Histogram()
        if cell.ok.count:
            unhurried.add(0.0, cell.ok.count)
        return unhurried

    def slow(self, cell: Cell) -> int:
        """How many times lie at or over the limit's edge: counted exactly when it was declared before the run."""
        if self._over_at is not None:
            return cell.over[self._over_at] if self._over_at < len(cell.over) else 0
        return _at_least(self.times(cell), self.limit.edge_s)

    def pair(self, cell: Cell, dropped: int) -> Pair:
        """What a cell adds to the sums that the limit is decided on."""
        if self.limit.quantile is not None:
            return float(self.slow(cell)), float(self.times(cell).count)
        if self.limit.aggregate == "mean":
            if self.limit.metric == "bytes":
                return float(cell.size_bytes), float(cell.count)
            return self.times(cell).sum_s, float(self.times(cell).count)
        if self.limit.metric in ("error_rate", "journey_error_rate"):
            return _failures(cell, dropped)
        if self.limit.metric == "contract_violations":
            return float(cell.errors), float(cell.count) if self.limit.aggregate == "rate" else 1.0
        if self.limit.metric == "bytes":
            return float(cell.size_bytes), 1.0
        if self.limit.metric in ("throughput", "journeys"):
            return float(cell.count), 1.0
        return float(self.times(cell).count), 1.0

    def pairs(self, seconds: Iterable[int]) -> list[Pair]:
        """The sums of these seconds, one by one, empty ones included."""
        if self.case.threshold.limit.level == "gauge":
            return self._gauge_pairs(seconds)
        empty = Cell()
        return [self.pair(self.cells.get(second, empty), self.dropped.get(second, 0)) for second in seconds]

    def every_second(self) -> list[Pair]:
        """The sums of all seconds that belong to the phases or in which something of them still ended."""
        seconds = {second for stretch in self.stretches for second in stretch}
        return self.pairs(sorted(seconds | self.cells.keys() | self.dropped.keys()))

    def error_pairs(self) -> list[Pair]:
        """Failures among everything, second by second, whatever the limit is about."""
        seconds = {second for stretch in self.stretches for second in stretch} | self.cells.keys() | self.dropped.keys()
        found, empty = [], Cell()
        for second in sorted(seconds):
            found.append(_failures(self.cells.get(second, empty), self.dropped.get(second, 0)))
        return found

    def _gauge_pairs(self, seconds: Iterable[int]) -> list[Pair]:
        wanted = list(seconds)
        sums = dict.fromkeys(wanted, (0.0, 0.0))
        for at_s, value in self.readings:
            if (second := int(at_s)) in sums:
                top = float(value >= self.limit.edge_s) if self.limit.quantile is not None else value
                sums[second] = (sums[second][0] + top, sums[second][1] + 1.0)
        return [sums[second] for second in wanted]

    def _start_s(self, phase: PhaseSpan) -> float:
        return phase.start_s + (self.limit.within_s or 0.0)

    def _end_s(self, phase: PhaseSpan) -> float:
        return phase.end_s if phase.end_s is not None else float(self.measurements.last_second + 1)


def _failures(cell: Cell, dropped: int) -> Pair:
    """What went wrong among everything: answers that were bad, never came, or were never asked for."""
    lost = dropped + cell.unanswered
    return float(cell.errors + lost), float(cell.count + lost)


def nearest_rank(values: list[float], q: float) -> float:
    """The nearest-rank percentile of plain values, of which there is at least one."""
    return sorted(values)[rank_of(q, len(values)) - 1]


def _at_least(histogram: Histogram, edge_s: float) -> int:
    """How many values are at least this, each taken as its bucket's middle, as percentiles take it."""
    if not histogram.count or histogram.max_s < edge_s:
        return 0
    if histogram.min_s >= edge_s:
        return histogram.count
    return sum(times for bucket, times in histogram.counts.items() if middle_of(bucket) >= edge_s)
