"""One second of a run, of everything that was measured."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
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
        beside: cells of other workers that have not been added up with ours; see `parts`.
    """

    __slots__ = ("beside", "cells", "failures", "readings", "second", "traces")

    def __init__(self, second: int) -> None:
        self.second = second
        self.cells: dict[SeriesKey, Cell] = {}
        self.beside: list[dict[SeriesKey, Cell]] = []
        self.failures: dict[FailureKey, Failure] = {}
        self.readings: list[Reading] = []
        self.traces: list[Trace] = []

    def cell(self, key: SeriesKey) -> Cell:
        """The cell of a series, made when it is missing."""
        cell = self.cells.get(key)
        if cell is None:
            cell = self.cells[key] = Cell()
        return cell

    def join(self, other: Window) -> None:
        """Take in what another worker counted in the same second, its cells beside ours.

        Adding them up would cost, and who keeps or totals them does that anyway.
        """
        self.beside += [other.cells, *other.beside]
        self._take(other)

    def parts(self) -> Iterator[tuple[SeriesKey, Cell]]:
        """Every cell; a series may come more than once."""
        return chain(self.cells.items(), *(cells.items() for cells in self.beside))

    def merge(self, other: Window) -> None:
        """Add what another worker or host counted in the same second; its cells may become ours."""
        self._add(other.parts())
        self._take(other)

    def _take(self, other: Window) -> None:
        """All but the cells."""
        for failure in other.failures.values():
            self.fail(failure)
        self.readings += other.readings
        self.traces += other.traces

    def _add(self, cells: Iterable[tuple[SeriesKey, Cell]]) -> None:
        for key, cell in cells:
            known = self.cells.get(key)
            if known is None:
                self.cells[key] = cell
            else:
                known.merge(cell)

    def fail(self, failure: Failure) -> None:
        """Count a failure with its kind."""
        known = self.failures.get(failure.key)
        if known is None:
            self.failures[failure.key] = failure
        else:
            known.merge(failure)

    def __bool__(self) -> bool:
        return bool(self.cells or self.beside or self.failures or self.readings or self.traces)

    def to_plain(self) -> list[Any]:
        """Lists and numbers, for msgpack."""
        beside, self.beside = self.beside, []
        self._add(chain.from_iterable(cells.items() for cells in beside))
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
