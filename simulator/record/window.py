"""One second of a run, of everything that was measured."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from simulator.record.cell import Cell
from simulator.record.failure import Failure, FailureKey
from simulator.record.sample import Reading, SeriesKey
from simulator.record.trace import Trace


class Window:
    """What ended in one second.

    Attributes:
        second: since the run began, whole.
        cells: series → what was counted.
        failures: kinds of failures, with counts of this second.
        readings: gauges read in this second.
        traces: journeys that ended and may be worth keeping.
    """

    __slots__ = ("cells", "failures", "readings", "second", "traces")

    def __init__(self, second: int) -> None:
        self.second = second
        self.cells: dict[SeriesKey, Cell] = {}
        self.failures: dict[FailureKey, Failure] = {}
        self.readings: list[Reading] = []
        self.traces: list[Trace] = []

    def cell(self, key: SeriesKey) -> Cell:
        """The cell of a series, made when it is missing."""
        cell = self.cells.get(key)
        if cell is None:
            cell = self.cells[key] = Cell()
        return cell

    def merge(self, other: Window) -> None:
        """Add what another worker or host counted in the same second; its cells may become ours."""
        for key, cell in other.cells.items():
            known = self.cells.get(key)
            if known is None:
                self.cells[key] = cell
            else:
                known.merge(cell)
        for failure in other.failures.values():
            self.fail(failure)
        self.readings += other.readings
        self.traces += other.traces

    def fail(self, failure: Failure) -> None:
        """Count a failure with its kind."""
        known = self.failures.get(failure.key)
        if known is None:
            self.failures[failure.key] = failure
        else:
            known.merge(failure)

    def __bool__(self) -> bool:
        return bool(self.cells or self.failures or self.readings or self.traces)

    def to_plain(self) -> list[Any]:
        """Lists and numbers, for msgpack."""
        return [
            self.second,
            [[list(key), cell.to_plain()] for key, cell in self.cells.items()],
            [failure.to_plain() for failure in self.failures.values()],
            [[r.source, r.metric, r.unit, r.at_s, r.value] for r in self.readings],
            [trace.to_plain() for trace in self.traces],
        ]

    @classmethod
    def from_plain(cls, plain: Iterable[Any]) -> Window:
        """The window that `to_plain` wrote."""
        second, cells, failures, readings, traces = plain
        made = cls(second)
        made.cells = {SeriesKey(*key): Cell.from_plain(cell) for key, cell in cells}
        made.failures = {failure.key: failure for failure in map(Failure.from_plain, failures)}
        made.readings = [Reading(*reading) for reading in readings]
        made.traces = [Trace.from_plain(trace) for trace in traces]
        return made
