"""All that a run measured so far, as judges and reports see it: live, or read from a run folder."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from simulator.record.cell import Cell, merged
from simulator.record.failure import Failure, FailureKey
from simulator.record.sample import PhaseSpan, Reading, SeriesKey
from simulator.record.window import Window


class Measurements:
    """The windows of a run, added up.

    Args:
        limits_s: the declared limits, in the order of `Cell.over`.
        keep_s: how many seconds, and readings of how many seconds, stay available one by one; `None` keeps all. Totals
            always cover the whole run.

    Attributes:
        totals: series → everything of it.
        failures: kinds of failures, over the whole run.
        phases: the phases that have begun, in order.
        last_second: the newest second added, or -1.
    """

    def __init__(self, limits_s: Sequence[float] = (), *, keep_s: int | None = None) -> None:
        self.limits_s = tuple(limits_s)
        self.totals: dict[SeriesKey, Cell] = {}
        self.failures: dict[FailureKey, Failure] = {}
        self.phases: list[PhaseSpan] = []
        self.last_second = -1
        self._keep_s = keep_s
        self._seconds: dict[SeriesKey, dict[int, Cell]] = defaultdict(dict)
        self._readings: dict[tuple[str, str], deque[Reading]] = defaultdict(deque)

    def add(self, window: Window) -> None:
        """Add a window, whose cells become ours; the same second may come in several parts."""
        self.last_second = max(self.last_second, window.second)
        for key, cell in window.parts():
            self.totals.setdefault(key, Cell()).merge(cell)
            seconds = self._seconds[key]
            if self._keep_s is not None and seconds and window.second not in seconds:
                next(reversed(seconds.values())).pack()  # live memory is small memory; the second before is over
            known = seconds.setdefault(window.second, cell)
            if known is not cell:
                known.merge(cell)
        for failure in window.failures.values():
            self._count_failure(failure)
        for reading in window.readings:
            self._readings[reading.source, reading.metric].append(reading)
        self._forget()

    @property
    def first_second(self) -> int:
        """The oldest second that is kept; nothing can be said of single seconds before it."""
        return 0 if self._keep_s is None else max(0, self.last_second - self._keep_s)

    def begin_phase(self, span: PhaseSpan) -> None:
        """A phase begins; the one before it ends."""
        self.end_phase(span.start_s)
        self.phases.append(span)

    def end_phase(self, end_s: float) -> None:
        """The last phase, if it is still open, ends at this second of the run."""
        if self.phases and self.phases[-1].end_s is None:
            self.phases[-1] = replace(self.phases[-1], end_s=end_s)

    def measured_phases(self) -> set[str]:
        """Names of the phases whose samples are judged."""
        return {phase.name for phase in self.phases if phase.measured}

    def measured_s(self) -> float:
        """How long the measured phases lasted so far, in seconds."""
        return sum(self.span_s(phase) for phase in self.phases if phase.measured)

    def span_s(self, phase: PhaseSpan) -> float:
        """How long a phase lasted so far, in seconds."""
        end_s = phase.end_s if phase.end_s is not None else float(self.last_second + 1)
        return max(0.0, end_s - phase.start_s)

    def keys(self) -> list[SeriesKey]:
        """All series, in order of their names."""
        return sorted(self.totals)

    def total(self, keys: Iterable[SeriesKey]) -> Cell:
        """What these series measured over the whole run, added up."""
        return merged(self.totals[key] for key in keys if key in self.totals)

    def cells(self, key: SeriesKey) -> Mapping[int, Cell]:
        """One series second by second (of those kept), as it is stored: to be read, not to be changed."""
        return self._seconds.get(key, {})

    def seconds(self, keys: Iterable[SeriesKey]) -> dict[int, Cell]:
        """What these series measured second by second (of those kept), in order of time; empty seconds missing."""
        found: dict[int, Cell] = {}
        for key in keys:
            for second, cell in self.cells(key).items():
                found.setdefault(second, Cell()).merge(cell)
        return dict(sorted(found.items()))

    def plain_seconds(self, key: SeriesKey) -> Iterable[tuple[int, Sequence[Any]]]:
        """One series second by second as `Cell.to_plain` writes it, a second possibly in parts: for whole columns."""
        return [(second, cell.to_plain()) for second, cell in self.seconds([key]).items()]

    def readings(self, source: str, metric: str) -> Sequence[Reading]:
        """A gauge's values (of those kept) in order of time; empty when there is no such gauge."""
        return self._readings.get((source, metric), ())

    def gauges(self) -> list[tuple[str, str]]:
        """Source and metric of every gauge, in order."""
        return sorted(self._readings)

    def _count_failure(self, failure: Failure) -> None:
        known = self.failures.get(failure.key)
        if known is None:
            self.failures[failure.key] = replace(failure, evidence=list(failure.evidence), paths=list(failure.paths))
        else:
            known.merge(failure)

    def _forget(self) -> None:
        if self._keep_s is None:
            return
        oldest = self.first_second
        for seconds in self._seconds.values():
            while seconds and (first := next(iter(seconds))) < oldest:
                del seconds[first]
        for readings in self._readings.values():
            while readings and readings[0].at_s < oldest:
                readings.popleft()
