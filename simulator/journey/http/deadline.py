"""Deadlines without a timer for each request: one greenlet looks through the connections that are open."""

from __future__ import annotations

from time import monotonic

import gevent
from gevent import get_hub

from simulator.journey.http.connection import Connection
from simulator.journey.http.outgoing import Outgoing

LOOK_EVERY_S = 0.05


class Sweeper:
    """Throws into users whose exchange is late; shared by the users of a process.

    Attributes:
        connections: those that are open.
        outgoing: what they send at the end of a turn.
    """

    def __init__(self) -> None:
        self.outgoing = Outgoing()
        self.connections: set[Connection] = set()
        self._greenlet: gevent.Greenlet[[], None] | None = None

    def watch(self, connection: Connection) -> None:
        """From now on the exchanges of this connection are looked after."""
        self.connections.add(connection)
        if self._greenlet is None:
            self._greenlet = gevent.spawn(self._sweep)

    def forget(self, connection: Connection) -> None:
        """The connection is closed."""
        self.connections.discard(connection)

    def _sweep(self) -> None:
        while self.connections:  # asleep while nothing is open, so that a process can come to rest
            gevent.sleep(LOOK_EVERY_S)
            now_s = monotonic()
            for connection in [c for c in self.connections if c.deadline_s <= now_s]:
                get_hub().loop.run_callback(connection.expire)
        self._greenlet = None
