"""How many journeys users of the closed model may begin."""

from __future__ import annotations

from simulator.engine.share import Share


class Budget:
    """Counts journeys down.

    Args:
        iterations: how many in all; `None` for as many as there is time for.
        share: which part of them is begun here.
    """

    def __init__(self, iterations: int | None, share: Share) -> None:
        self._left = None if iterations is None else sum(map(share.takes, range(iterations)))

    def take(self) -> bool:
        """Whether one more may begin; it is then counted."""
        if self._left is None:
            return True
        self._left -= 1
        return self._left >= 0

    @property
    def limited(self) -> bool:
        """Whether there is a limit at all."""
        return self._left is not None

    @property
    def spent(self) -> bool:
        """None may begin any more."""
        return self._left is not None and self._left <= 0
