"""Notices that a target has stopped working altogether: the rest of the run would say nothing more."""

from __future__ import annotations

from collections import deque

from simulator.record.window import Window
from simulator.units import show_share

WITHIN_S = 30
RATIO = 0.95
FEWEST = 30


class Collapse:
    """Looks at the operations of the last seconds.

    Args:
        active: whether to look at all; what a phase disturbs on purpose is meant to fail.
    """

    def __init__(self, *, active: bool = True) -> None:
        self._active = active
        self._seconds: deque[tuple[int, int]] = deque(maxlen=WITHIN_S)

    def add(self, window: Window) -> str | None:
        """Look at one more second; says what has happened when nearly everything has failed for long enough."""
        cells = [cell for key, cell in window.parts() if key.level == "operation"]
        count, errors = sum(cell.count for cell in cells), sum(cell.errors for cell in cells)
        self._seconds.append((count, errors))
        count, errors = (sum(second[at] for second in self._seconds) for at in (0, 1))
        if not self._active or len(self._seconds) < WITHIN_S or count < FEWEST or errors < RATIO * count:
            return None
        return f"{show_share(errors / count)} of the operations of the last {WITHIN_S} s failed"
