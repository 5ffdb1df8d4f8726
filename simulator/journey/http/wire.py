"""Brings one request to its origin and the answer back, over whatever connection there is."""

from __future__ import annotations

from time import monotonic

import gevent

from simulator.journey.http.answer import Answer
from simulator.journey.http.connection import Connection
from simulator.journey.http.deadline import Sweeper
from simulator.journey.http.dial import Origin, Resolver, dial
from simulator.journey.http.plan import Plan
from simulator.journey.http.pool import Pool
from simulator.journey.http.problem import DeadlineExceeded, Stale
from simulator.journey.http.tunnel import tls_context


class Wire:
    """The connections of one user.

    Args:
        resolver: shared by the users of a process.
        sweeper: shared by the users of a process.

    Attributes:
        verify: whether certificates must be good; a path names the authorities to trust.
    """

    def __init__(self, resolver: Resolver, sweeper: Sweeper) -> None:
        self._resolver = resolver
        self._sweeper = sweeper
        self._pool = Pool()
        self.verify: bool | str = True

    def exchange(self, plan: Plan, request: bytes, deadline_s: float, most_bytes: int) -> Answer:
        """Send a request and read its answer.

        A kept connection that turns out to be dead is replaced, and the request sent again where that does no harm.

        Args:
            plan: where to.
            request: all bytes to send.
            deadline_s: when the answer must be complete, on the monotonic clock.
            most_bytes: the largest body to keep.

        Raises:
            OSError: the origin cannot be reached, hangs up, or is too late.
            HttpProblem: what comes is not what HTTP promises.
        """
        while True:
            connection = self._pool.take(plan.origin, plan.once_only)
            if connection is None:
                connection = self._connect(plan.origin, deadline_s)
            try:
                return self._over(connection, plan, request, deadline_s, most_bytes)
            except Stale:
                if not connection.used or plan.once_only:
                    raise

    def close(self) -> None:
        """Hang up all connections."""
        self._pool.close()

    def _over(self, connection: Connection, plan: Plan, request: bytes, deadline_s: float, most_bytes: int) -> Answer:
        under_way = self._sweeper
        under_way.watch(connection, deadline_s)
        keep = False
        try:
            answer = connection.exchange(request, plan.bodiless, most_bytes)
            keep = answer.keep
            return answer
        finally:
            under_way.forget(connection)
            if keep:
                self._pool.give(plan.origin, connection)
            else:
                connection.close()

    def _connect(self, origin: Origin, deadline_s: float) -> Connection:
        late = DeadlineExceeded("no connection in time")
        with gevent.Timeout(max(0.001, deadline_s - monotonic()), late):
            connection = Connection(dial(self._resolver.addresses(origin), deadline_s))
            if origin.scheme == "https":
                try:
                    connection.secure(tls_context(self.verify), origin.host)
                except BaseException:
                    connection.close()
                    raise
        return connection
