"""Connections of one user that wait for their next request."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from simulator.journey.http.connection import Connection
from simulator.journey.http.dial import Origin

TRUST_S = 0.5
"""So long after its last request a connection is taken without looking, when the next one could be sent twice and
nothing was heard of it since."""


class Pool:
    """Idle connections by origin; the one used last is taken first.

    Args:
        hang_up: closes a connection that is of no use any more.
    """

    def __init__(self, hang_up: Callable[[Connection], None]) -> None:
        self._hang_up = hang_up
        self._idle: dict[Origin, list[Connection]] = {}

    def take(self, origin: Origin, once_only: bool, now_s: float) -> Connection | None:
        """An idle connection to this origin, or `None`.

        Args:
            origin: where to.
            once_only: the request must not be sent twice, so make sure that the connection still stands.
            now_s: what the monotonic clock says.
        """
        idle = self._idle.get(origin)
        while idle:
            connection = idle.pop()
            trusted = not once_only and connection.quiet and now_s - connection.asked_s < TRUST_S
            if trusted or not connection.is_stale():
                return connection
            self._hang_up(connection)
        return None

    def give(self, origin: Origin, connection: Connection, now_s: float) -> None:
        """Keep a connection for the next request.

        Args:
            origin: where it leads.
            connection: it has just carried an answer.
            now_s: what the monotonic clock said when that was asked for.
        """
        connection.used = True
        connection.asked_s = now_s
        if connection.shelf is None:
            connection.shelf = self._idle.setdefault(origin, [])
        connection.shelf.append(connection)

    def empty(self) -> Iterator[Connection]:
        """Take all of them out."""
        for idle in self._idle.values():
            while idle:
                yield idle.pop()
