"""Connections of one user that wait for their next request."""

from __future__ import annotations

from time import monotonic

from simulator.journey.http.connection import Connection
from simulator.journey.http.dial import Origin

TRUST_S = 0.5
"""So long after its last answer a connection is taken without looking, when the request could be sent twice."""


class Pool:
    """Idle connections by origin; the one used last is taken first."""

    def __init__(self) -> None:
        self._idle: dict[Origin, list[Connection]] = {}

    def take(self, origin: Origin, once_only: bool) -> Connection | None:
        """An idle connection to this origin, or `None`.

        Args:
            origin: where to.
            once_only: the request must not be sent twice, so make sure that the connection still stands.
        """
        idle = self._idle.get(origin)
        while idle:
            connection = idle.pop()
            trusted = not once_only and monotonic() - connection.idle_since_s < TRUST_S
            if trusted or not connection.is_stale():
                return connection
            connection.close()
        return None

    def give(self, origin: Origin, connection: Connection) -> None:
        """Keep a connection for the next request."""
        connection.put_aside()
        self._idle.setdefault(origin, []).append(connection)

    def close(self) -> None:
        """Hang up all of them."""
        for idle in self._idle.values():
            while idle:
                idle.pop().close()
