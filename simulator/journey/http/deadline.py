"""Deadlines without a timer for each request: one greenlet looks through what is under way."""

from __future__ import annotations

from time import monotonic

import gevent
from gevent import get_hub

from simulator.journey.http.connection import Connection

LOOK_EVERY_S = 0.05


class Sweeper:
    """Throws into users whose exchange is late; shared by the users of a process.

    Attributes:
        under_way: connection → when it must be done, on the monotonic clock.
    """

    def __init__(self) -> None:
        self.under_way: dict[Connection, float] = {}
        self._greenlet: gevent.Greenlet[[], None] | None = None

    def watch(self, connection: Connection, deadline_s: float) -> None:
        """From now on this exchange has a deadline."""
        self.under_way[connection] = deadline_s
        if self._greenlet is None:
            self._greenlet = gevent.spawn(self._sweep)

    def forget(self, connection: Connection) -> None:
        """The exchange is over."""
        self.under_way.pop(connection, None)

    def _sweep(self) -> None:
        idle_looks = 0
        while idle_looks < 20:  # asleep while nothing is under way, so that a process can come to rest
            gevent.sleep(LOOK_EVERY_S)
            idle_looks = 0 if self.under_way else idle_looks + 1
            now_s = monotonic()
            for connection in [c for c, deadline_s in self.under_way.items() if deadline_s <= now_s]:
                self.under_way.pop(connection, None)
                get_hub().loop.run_callback(connection.expire)
        self._greenlet = None
