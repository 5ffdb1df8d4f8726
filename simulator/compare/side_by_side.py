"""Two runs side by side, journey by journey and step by step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from simulator.record.cell import Cell, merged
from simulator.record.measurements import Measurements
from simulator.record.sample import SeriesKey


class Subject(NamedTuple):
    """What is compared: a journey, or one of its steps; the step is empty text for the journey itself."""

    journey: str
    step: str


@dataclass(frozen=True)
class Figures:
    """What one run says about a subject; `None` where it says nothing."""

    count: int
    error_rate: float | None
    p50_s: float | None
    p95_s: float | None


@dataclass(frozen=True)
class Row:
    """A subject in both runs.

    Attributes:
        subject: what is compared.
        base: the older run's figures, or `None` when it has no such subject.
        new: the newer run's figures, likewise.
    """

    subject: Subject
    base: Figures | None
    new: Figures | None

    @property
    def change(self) -> float | None:
        """How much the p95 rose, as a share of the base's (0.1 is +10%); `None` when one of them is missing."""
        if self.base is None or self.new is None or not self.base.p95_s or self.new.p95_s is None:
            return None
        return self.new.p95_s / self.base.p95_s - 1


def side_by_side(base: Measurements, new: Measurements) -> list[Row]:
    """Every journey and step of either run, over their measured phases, journeys followed by their steps."""
    before, after = _figures(base), _figures(new)
    return [Row(subject, before.get(subject), after.get(subject)) for subject in sorted({*before, *after})]


def _figures(measurements: Measurements) -> dict[Subject, Figures]:
    cells: dict[Subject, list[Cell]] = defaultdict(list)
    for subject, key in _subjects(measurements):
        cells[subject].append(measurements.totals[key])
    return {subject: _figure(merged(found)) for subject, found in cells.items()}


def _subjects(measurements: Measurements) -> Iterable[tuple[Subject, SeriesKey]]:
    phases = measurements.measured_phases()
    for key in measurements.totals:
        if key.phase in phases and key.level in ("journey", "step"):
            yield Subject(key.journey, key.step if key.level == "step" else ""), key


def _figure(cell: Cell) -> Figures:
    count = cell.count + cell.dropped
    return Figures(
        count=count,
        error_rate=(cell.errors + cell.dropped) / count if count else None,
        p50_s=cell.ok.percentile(0.5),
        p95_s=cell.ok.percentile(0.95),
    )
