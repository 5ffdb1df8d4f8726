"""One accepted connection: requests parsed by httptools, bytes sent by us, so that faults are real."""

from __future__ import annotations

import contextlib
import socket as plain_socket
import struct
from collections.abc import Iterator
from time import monotonic
from typing import Any

import gevent
import httptools
from gevent import socket

from simulator.virtual.limit import Pace, sleep_until
from simulator.virtual.request import Request

MOST_HEAD_BYTES = 64 * 1024
MOST_BODY_BYTES = 32 * 1024 * 1024
READ_BYTES = 65536
READ = 1
"""Of libev: ready to be read."""
_METHODS = {method.encode(): method for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")}


class BadRequestError(Exception):
    """What came is no request that we take.

    Attributes:
        status: the answer to it.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Arrived:
    """A complete request and how its connection goes on.

    Attributes:
        request: the request.
        keeps_open: whether the caller wants to use the connection again.
        at_s: when its last byte was read, monotonic.
    """

    __slots__ = ("at_s", "keeps_open", "request")

    def __init__(self, request: Request, keeps_open: bool, at_s: float) -> None:
        self.request = request
        self.keeps_open = keeps_open
        self.at_s = at_s


class Connection:
    """A connection as callers and faults use it.

    Args:
        sock: accepted.
        paces: rates that everything sent keeps to; may be changed between answers.
    """

    def __init__(self, sock: Any) -> None:
        self._sock = sock
        self._plain: Any = sock._sock  # without what gevent does around each call: waiting is done here
        self._hub: Any = gevent.get_hub()
        self._readable = self._hub.loop.io(sock.fileno(), READ)
        self.paces: list[Pace] = []
        self._parser: Any = httptools.HttpRequestParser(self)
        self._ready: list[Arrived] = []
        self._upgraded = False
        self._begin()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def requests(self) -> Iterator[Arrived]:
        """Requests in the order in which they come, until the other side closes.

        Raises:
            BadRequestError: what comes is no HTTP, or too large.
            OSError: the connection is lost.
        """
        while not self._upgraded:
            self._hub.wait(self._readable)  # even when more is there already: others have their turn first
            try:
                content = self._plain.recv(READ_BYTES)
            except BlockingIOError:
                continue
            if not content:
                return
            self._feed(content)
            while self._ready:
                yield self._ready.pop(0)

    def send(self, content: bytes) -> None:
        """Send all of it, at the connection's paces."""
        if not self.paces:
            self._send_at_once(content)
            return
        size = min(pace.piece_bytes for pace in self.paces)
        for at in range(0, len(content), size):
            piece = content[at : at + size]
            sleep_until(max(pace.reserve(len(piece), monotonic()) for pace in self.paces))
            self._sock.sendall(piece)

    def _send_at_once(self, content: bytes) -> None:
        try:
            sent = self._plain.send(content)
        except BlockingIOError:
            sent = 0
        if sent < len(content):
            self._sock.sendall(memoryview(content)[sent:])

    def wait(self, seconds: float) -> None:
        """Let time pass; returns early when the other side has gone."""
        ends_s = monotonic() + seconds
        while (left_s := ends_s - monotonic()) > 0:
            try:
                socket.wait_read(self._sock.fileno(), timeout=left_s)
            except TimeoutError:
                return
            if not self._sock.recv(1, plain_socket.MSG_PEEK):
                return
            gevent.sleep(min(left_s, 0.05))  # more requests are waiting; they have to

    def reset(self) -> None:
        """End it with a reset."""
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def close(self) -> None:
        """End it."""
        self._readable.close()
        with contextlib.suppress(OSError):
            self._sock.close()

    # What the parser calls.

    def on_url(self, url: bytes) -> None:
        self._url += url
        self._head_bytes += len(url)
        if self._head_bytes > MOST_HEAD_BYTES:
            raise BadRequestError(431, "the head is too large")

    def on_header(self, name: bytes, value: bytes) -> None:
        self._head_bytes += len(name) + len(value)
        if self._head_bytes > MOST_HEAD_BYTES:
            raise BadRequestError(431, "the head is too large")
        key = name.decode("latin-1").lower()
        text = value.decode("latin-1")
        self._headers[key] = f"{self._headers[key]}, {text}" if key in self._headers else text
        if key == "expect" and text.lower() == "100-continue":
            self._sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        self._body.append(body)
        self._body_bytes += len(body)
        if self._body_bytes > MOST_BODY_BYTES:
            raise BadRequestError(413, "the body is too large")

    def on_message_complete(self) -> None:
        target = self._url.decode("latin-1")
        if not target.startswith("/") and "://" in target:  # asked as a proxy is
            target = "/" + target.partition("://")[2].partition("/")[2]
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        method = self._parser.get_method()
        request = Request(_METHODS.get(method) or method.decode("latin-1"), target, self._headers, body)
        self._ready.append(Arrived(request, self._parser.should_keep_alive(), monotonic()))
        self._begin()  # each callback of the parser costs, so the next message has none for its beginning

    def _begin(self) -> None:
        self._url = b""
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self._body_bytes = 0
        self._head_bytes = 0

    def _feed(self, content: bytes) -> None:
        try:
            self._parser.feed_data(content)
        except httptools.HttpParserUpgrade:
            self._upgraded = True  # answered as the plain request that it also is, then closed
        except httptools.HttpParserError as error:
            inner = error.__context__
            if isinstance(inner, BadRequestError):
                raise inner from None
            raise BadRequestError(400, str(error)) from error
