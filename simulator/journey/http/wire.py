"""Brings one request to its origin and the answer back, over whatever connection there is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from socket import socket
from time import monotonic

import gevent

from simulator.journey.http.answer import Answer
from simulator.journey.http.connection import Connection
from simulator.journey.http.deadline import Sweeper
from simulator.journey.http.dial import Origin, Resolver, dial
from simulator.journey.http.plan import Plan
from simulator.journey.http.pool import Pool
from simulator.journey.http.problem import DeadlineExceeded, Stale, insist_on
from simulator.journey.http.proxy import Proxy, ProxyProblem, proxy_for
from simulator.journey.http.tunnel import Certificate, tls_context

PRIOR_KNOWLEDGE = "prior knowledge"
"""Speak HTTP/2 over plain connections too, without asking the server first."""


class Wire:
    """The connections of one user.

    Args:
        resolver: shared by the users of a process.
        sweeper: shared by the users of a process.

    Attributes:
        verify: whether certificates must be good; a path names the authorities to trust.
        certificate: the client's own, or `None`.
        proxies: scheme (or `all`) → address; `None` for what the environment says, empty for none.
        http2: speak HTTP/2 over TLS where the server agrees; `PRIOR_KNOWLEDGE` for plain connections too.
        allowed_hosts: what may be asked besides this machine; `None` for anything.
    """

    def __init__(self, resolver: Resolver, sweeper: Sweeper) -> None:
        self._resolver = resolver
        self._sweeper = sweeper
        self._pool = Pool(self._hang_up)
        self.verify: bool | str = True
        self.certificate: Certificate = None
        self.proxies: Mapping[str, str] | None = None
        self.http2: bool | str = False
        self.allowed_hosts: Sequence[str] | None = None

    def exchange(
        self,
        plan: Plan,
        request: bytes,
        now_s: float,
        deadline_s: float,
        most_bytes: int,
        parts: Iterator[bytes] | None = None,
    ) -> Answer:
        """Send a request and read its answer.

        A kept connection that turns out to be dead is replaced, and the request sent again where that does no harm.

        Args:
            plan: where to.
            request: all bytes to send.
            now_s: what the monotonic clock says.
            deadline_s: when the answer must be complete, on the monotonic clock.
            most_bytes: the largest body to keep.
            parts: of the body, sent after the request as they come; then nothing is sent a second time.

        Raises:
            OSError: the origin cannot be reached, hangs up, or is too late.
            HttpProblem: what comes is not what HTTP promises.
        """
        pool = self._pool
        while True:
            connection = pool.take(plan.origin, plan.once_only, now_s) or self._connect(plan.origin, deadline_s)
            if connection.via is not None:
                request = connection.via.rewritten(request, plan.origin)
            keep = False
            try:
                answer = connection.exchange(request, plan.bodiless, most_bytes, deadline_s, parts)
                _, _, _, _, keep = answer
                return answer
            except Stale:
                if not connection.used or plan.once_only or parts is not None:
                    raise
            finally:
                if keep:
                    pool.give(plan.origin, connection, now_s)
                else:
                    self._hang_up(connection)

    def close(self) -> None:
        """Hang up all connections."""
        for connection in self._pool.empty():
            self._hang_up(connection)

    def _hang_up(self, connection: Connection) -> None:
        self._sweeper.forget(connection)
        connection.close()

    def _connect(self, origin: Origin, deadline_s: float) -> Connection:
        insist_on(origin.host, self.allowed_hosts)
        late = DeadlineExceeded("no connection in time")
        proxy = proxy_for(origin, self.proxies)
        with gevent.Timeout(max(0.001, deadline_s - monotonic()), late):
            nearest = proxy.origin if proxy else origin
            connection = self._connection(dial(self._resolver.addresses(nearest), deadline_s), origin.scheme)
            try:
                if origin.scheme == "https":
                    if proxy is not None:
                        _tunnel(connection, proxy, origin, deadline_s)
                    connection.secure(tls_context(self.verify, self.certificate, bool(self.http2)), origin.host)
                else:
                    connection.via = proxy
                    if self.http2 == PRIOR_KNOWLEDGE and proxy is None:
                        connection.begin()
            except BaseException:
                connection.close()
                raise
        self._sweeper.watch(connection)
        return connection

    def _connection(self, connected: socket, scheme: str) -> Connection:
        outgoing = self._sweeper.outgoing
        if not self.http2:
            return Connection(connected, outgoing)
        from simulator.journey.http.http2 import Http2Connection  # most runs never load it

        return Http2Connection(connected, outgoing, scheme)


def _tunnel(connection: Connection, proxy: Proxy, origin: Origin, deadline_s: float) -> None:
    status, *_ = connection.exchange(proxy.connect(origin), True, 0, deadline_s)
    if not 200 <= status < 300:
        raise ProxyProblem(f"the proxy {proxy.origin.host}:{proxy.origin.port} answers {status} to CONNECT")
