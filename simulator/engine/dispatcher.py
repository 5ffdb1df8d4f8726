"""Hands out arrivals at their planned moments."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import monotonic

from gevent import get_hub
from gevent.event import Event

from simulator.engine.alarm import Alarm
from simulator.engine.schedule import Arrival

MOST_AT_ONCE = 64
"""After so many the loop gets a turn, so that answers are not kept waiting by a burst."""


class Dispatcher:
    """Offers each arrival when it is due, in the hub.

    Args:
        offer: takes an arrival whose planned start is on the monotonic clock; it must not block.
    """

    def __init__(self, offer: Callable[[Arrival], None]) -> None:
        self._offer = offer
        self._alarm: Alarm | None = None
        self._plan: Iterator[Arrival] = iter(())
        self._next: Arrival | None = None
        self._zero_s = 0.0

    def begin(self, plan: Iterator[Arrival], zero_s: float) -> None:
        """Follow this plan from now on; what is left of the one before is forgotten.

        Args:
            plan: arrivals in order, planned in seconds since `zero_s`.
            zero_s: on the monotonic clock.
        """
        self._plan, self._zero_s = plan, zero_s
        self._advance()
        if self._next is not None:
            self._alarm = self._alarm or Alarm(self._ring)
            self._alarm.at(self._next.planned_s)

    def finish(self, until_s: float) -> None:
        """Offer what was planned before this moment and is not yet offered, then rest.

        Offering may switch to a user, so it happens in the hub like all else; this waits for it.
        """
        done = Event()
        get_hub().loop.run_callback(self._finish, until_s, done)
        done.wait()

    def close(self) -> None:
        """Offer nothing any more."""
        self._next = None
        if self._alarm is not None:
            self._alarm.close()
            self._alarm = None

    def _ring(self) -> None:
        now_s, offered = monotonic(), 0
        while self._next is not None and self._next.planned_s <= now_s and offered < MOST_AT_ONCE:
            self._offer_next()
            offered += 1
        if self._next is not None and self._alarm is not None:
            self._alarm.at(self._next.planned_s)

    def _finish(self, until_s: float, done: Event) -> None:
        try:
            while self._next is not None and self._next.planned_s < until_s:
                self._offer_next()
        finally:
            self._next, self._plan = None, iter(())
            done.set()

    def _offer_next(self) -> None:
        arrival = self._next
        assert arrival is not None
        self._advance()
        self._offer(arrival)

    def _advance(self) -> None:
        arrival = next(self._plan, None)
        self._next = None if arrival is None else arrival._replace(planned_s=self._zero_s + arrival.planned_s)
