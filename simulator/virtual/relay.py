"""The recording proxy: passes everything on to the real service, and remembers it. The process must be patched."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterator
from time import monotonic
from urllib.parse import SplitResult, urlsplit

from gevent.socket import wait_read

from simulator.errors import UsageError
from simulator.virtual.answer import Answer, plain
from simulator.virtual.connection import Arrived, Connection
from simulator.virtual.exchange import Exchange
from simulator.virtual.request import Request
from simulator.virtual.server import HttpServer, closing

MOST_EXCHANGES = 50_000
MOST_KEPT_BYTES = 500_000_000
ANSWER_WITHIN_S = 60.0
_OF_CONNECTION = frozenset({
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding",
    "upgrade", "proxy-connection", "host", "content-length", "accept-encoding", "expect", "date", "server",
})  # fmt: skip


class Relay:
    """A proxy in front of one service.

    Args:
        target: the real service, `http://host:port` or `https://…`.
        address: host and port to listen on.

    Attributes:
        http: the server to be started.
        exchanges: what was recorded so far, in order of the answers.
        missed: requests that could not be passed on, or not be kept.

    Raises:
        UsageError: the target is no address.
    """

    def __init__(self, target: str, address: tuple[str, int]) -> None:
        self._target = _split(target)
        self.http = HttpServer(address, self._answer)
        self.exchanges: list[Exchange] = []
        self.missed = 0
        self._kept_bytes = 0
        self._in_flight = 0
        self._bodies: dict[bytes, bytes] = {}
        self._idle: list[http.client.HTTPConnection] = []

    def _answer(self, connection: Connection, arrived: Arrived) -> bool:
        self._in_flight += 1
        in_flight = self._in_flight
        try:
            answer, response_s = self._fetch(arrived.request)
            self._keep(Exchange(arrived.request, answer, response_s, in_flight))
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.missed += 1
            answer = plain(502, {"error": "the recorded service cannot be reached", "message": str(error)})
        finally:
            self._in_flight -= 1
        if arrived.request.method == "HEAD":
            connection.send(answer.head + b"\r\n")
        else:
            connection.send(answer.whole if arrived.keeps_open else closing(answer))
        return arrived.keeps_open

    def _keep(self, exchange: Exchange) -> None:
        answer = exchange.answer
        body = self._bodies.setdefault(answer.body, answer.body)
        if body is answer.body:
            self._kept_bytes += len(body)
        self._kept_bytes += len(exchange.request.body) + 500
        if len(self.exchanges) >= MOST_EXCHANGES or self._kept_bytes > MOST_KEPT_BYTES:
            self.missed += 1
            return
        kept = Answer(answer.status, answer.headers, body)
        self.exchanges.append(Exchange(exchange.request, kept, exchange.response_s, exchange.in_flight))

    def _fetch(self, request: Request) -> tuple[Answer, float]:
        """The real service's answer and its time; a kept connection that was closed meanwhile is replaced once."""
        kept = self._idle.pop() if self._idle else None
        if kept is not None:
            try:
                return self._ask(kept, request)
            except (http.client.RemoteDisconnected, ConnectionError):
                kept.close()
        return self._ask(self._dial(), request)

    def _ask(self, upstream: http.client.HTTPConnection, request: Request) -> tuple[Answer, float]:
        """The time is the service's own: neither connecting nor our reading of the head belongs to it."""
        upstream.request(request.method, request.target, request.body or None, dict(self._fields(request)))
        sent_s = monotonic()
        wait_read(upstream.sock.fileno(), timeout=ANSWER_WITHIN_S)
        waited_s = monotonic() - sent_s
        given = upstream.getresponse()
        head_s = monotonic()
        body = given.read()
        response_s = waited_s + monotonic() - head_s
        if given.will_close:
            upstream.close()
        else:
            self._idle.append(upstream)
        fields = tuple((name, self._seen_here(name, value)) for name, value in given.getheaders()
                       if name.lower() not in _OF_CONNECTION)  # fmt: skip
        return Answer(given.status, fields, body), response_s

    def _fields(self, request: Request) -> Iterator[tuple[str, str]]:
        for name, value in request.headers.items():
            if name not in _OF_CONNECTION:
                yield name, value.replace(self.http.url, self._target.geturl())
        yield "Accept-Encoding", "identity"

    def _seen_here(self, name: str, value: str) -> str:
        """A field with the real address replaced by ours, so that callers stay with the proxy."""
        if name.lower() == "location" and value.startswith(self._target.geturl()):
            return value.removeprefix(self._target.geturl()) or "/"
        return value

    def _dial(self) -> http.client.HTTPConnection:
        host, port = self._target.hostname or "", self._target.port
        if self._target.scheme == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(host, port, timeout=ANSWER_WITHIN_S, context=context)
        return http.client.HTTPConnection(host, port, timeout=ANSWER_WITHIN_S)


def _split(target: str) -> SplitResult:
    parts = urlsplit(target.rstrip("/"))
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path:
        raise UsageError(f"--target {target} is no service's address", hint="write it like http://127.0.0.1:8000")
    return parts
