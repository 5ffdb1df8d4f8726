"""An operation of a traced journey: it writes down what it was, beside being measured."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from simulator.journey.notes import Notes
from simulator.journey.operation import Operation
from simulator.record.failure import Evidence
from simulator.record.sample import Outcome

if TYPE_CHECKING:
    from simulator.journey.track import Track


class TracedOperation(Operation):
    """See `Operation`; a journey that is not traced never makes one, and so pays nothing.

    Args:
        notes: of the journey.
    """

    __slots__ = ("_kind", "_name", "_notes")

    def __init__(self, track: Track, name: str, kind: str, notes: Notes) -> None:
        super().__init__(track, name, kind)
        self._name = name
        self._kind = kind
        self._notes = notes

    def succeed(self, size_bytes: int = 0, collect: Callable[[], list[Evidence]] | None = None) -> None:
        super().succeed(size_bytes, collect)
        self._note("ok")

    def lose(self, size_bytes: int = 0) -> None:
        super().lose(size_bytes)
        self._note("error")

    def cut_off(self) -> None:
        super().cut_off()
        self._note("cut off")

    def take_back(self) -> None:
        super().take_back()
        self._notes.spoil(self._name, self.started_s)

    def _note(self, outcome: Outcome) -> None:
        self._notes.add("operation", self._name, self._kind, self.started_s, self.service_s, outcome)
