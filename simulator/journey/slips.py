"""How far users of the closed model fell behind the pace that their authors gave them."""

from __future__ import annotations


class Slips:
    """Collects what `constant_pacing` could not make up for.

    Attributes:
        any: a user ever fell behind.
    """

    def __init__(self) -> None:
        self.any = False
        self._worst_s = 0.0
        self._count = 0

    def add(self, late_s: float) -> None:
        """A journey begins so many seconds later than its user's pace asked for."""
        self.any = True
        self._worst_s = max(self._worst_s, late_s)
        self._count += 1

    def read(self) -> tuple[float, int]:
        """The worst since this was asked last, in seconds, and how many there were."""
        found = self._worst_s, self._count
        self._worst_s, self._count = 0.0, 0
        return found
