"""The heartbeat of a run: counts the seconds, and tells how late it beats."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gevent

BEAT_S = 0.05


class Pulse:
    """A greenlet that beats twenty times a second and calls back once a second.

    Args:
        clock: seconds, monotonic.
        each_second: called with the number of the second that is over, and how late the latest beat in it was.
        look: called with each beat.
    """

    def __init__(
        self, clock: Callable[[], float], each_second: Callable[[int, float], None], look: Callable[[], None]
    ) -> None:
        self._clock = clock
        self._each_second = each_second
        self._look = look
        self._zero_s = 0.0
        self._next_second = 0
        self._worst_lag_s = 0.0
        self._ended = False
        self._greenlet: Any = None

    def begin(self, zero_s: float) -> None:
        """Second 0 begins at this moment of the clock."""
        self._zero_s = zero_s
        self._greenlet = gevent.spawn(self._beat)

    def end(self) -> None:
        """The second that has begun is over now."""
        self._ended = True
        self._greenlet.join()
        self._tell(max(self._next_second, int(self._clock() - self._zero_s)))

    def _beat(self) -> None:
        while not self._ended:
            due_s = min(self._clock() + BEAT_S, self._zero_s + self._next_second + 1)
            gevent.sleep(max(0.0, due_s - self._clock()))
            now_s = self._clock()
            self._worst_lag_s = max(self._worst_lag_s, now_s - due_s)
            self._look()
            over = int(now_s - self._zero_s) - 1
            if over >= self._next_second:
                self._tell(over)

    def _tell(self, second: int) -> None:
        worst_s, self._worst_lag_s = self._worst_lag_s, 0.0
        self._next_second = second + 1
        self._each_second(second, worst_s)
