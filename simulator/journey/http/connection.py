"""One connection: sends a request, waits for the answer without asking the socket first.

The connection's one watcher stays started for as long as it lives and wakes the greenlet that waits, and only then the
socket is read: two system calls a request. Nothing here sets a timer; `deadline.Sweeper` throws into those that are
late.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from functools import partial
from math import inf
from time import monotonic
from typing import Any

from gevent import get_hub, getcurrent
from greenlet import greenlet

from simulator.journey.http.answer import Answer, read_answer
from simulator.journey.http.outgoing import MOST_BYTES, Outgoing
from simulator.journey.http.problem import DeadlineExceeded
from simulator.journey.http.proxy import Proxy
from simulator.journey.http.tunnel import Tunnel

_READ, _WRITE = 1, 2
_switch: Callable[[Any], Any] = greenlet.switch
"""Greenlet's own: gevent's asks each time for a hook that it gave up long ago."""
_CHUNK = 16_384


class Connection:
    """A connected socket, and TLS on it when that is asked for.

    Attributes:
        socket: what it is made of; nobody else may read from it.
        used: it has carried an answer already.
        quiet: nothing came, not even its end, since the last answer; else nobody is told of what comes next.
        shelf: where its pool keeps it between requests; `None` as long as no pool does.
        asked_s: when its last request began, on the monotonic clock.
        deadline_s: when the exchange under way must be done, on the monotonic clock; infinity while there is none.
        via: the proxy that plain requests are sent through, or `None`.
    """

    __slots__ = ("_hub", "_outgoing", "_receive", "_send_all", "_switch", "_tunnel", "_waiting",
                 "_watcher", "asked_s", "deadline_s", "quiet", "shelf", "socket", "used", "via")  # fmt: skip

    def __init__(self, connected: socket.socket, outgoing: Outgoing | None = None) -> None:
        self.socket = connected
        self._outgoing = outgoing
        self._hub: Any = get_hub()
        self._switch: Callable[[], object] = partial(_switch, self._hub)
        self._watcher = self._hub.loop.io(connected.fileno(), _READ)
        self._waiting: Any = None
        self._tunnel: Tunnel | None = None
        self._receive: Callable[[int], bytes] = connected.recv
        self._send_all: Callable[[bytes], None] = self._send_plain
        self.used = False
        self.shelf: list[Connection] | None = None
        self.asked_s = 0.0
        self.via: Proxy | None = None
        self.deadline_s = inf
        self.quiet = True
        self._watcher.start(self._readable)

    def secure(self, context: ssl.SSLContext, host: str) -> None:
        """Shake hands; from now on everything is encrypted."""
        self._waiting = getcurrent()
        try:
            tunnel = Tunnel(context, host, self._send_plain, self.socket.recv, self._switch)
            tunnel.open()
        finally:
            self._waiting = None
        self._tunnel = tunnel
        self._receive, self._send_all = tunnel.receive, tunnel.send

    def begin(self) -> None:
        """Nothing has to be said first in HTTP/1.1."""

    def exchange(
        self,
        request: bytes,
        bodiless: bool,
        most_bytes: int,
        deadline_s: float,
        parts: Iterator[bytes] | None = None,
    ) -> Answer:
        """Send a request, and what comes of its body, and read the answer; see `read_answer` for what it raises."""
        self._waiting = getcurrent()
        self.deadline_s = deadline_s
        try:
            if parts is None and self._outgoing is not None and len(request) <= MOST_BYTES:
                sealed = request if self._tunnel is None else self._tunnel.sealed(request)
                self._outgoing.put(self, sealed)
            else:
                self._send_all(request)
            if parts is not None:
                for part in parts:
                    self._send_all(part)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it may have answered before it hung up
        except BaseException:
            self._waiting = None
            self.deadline_s = inf
            raise
        try:
            return read_answer(self._more, bodiless, most_bytes)
        finally:
            self._waiting = None
            self.deadline_s = inf

    def expire(self) -> None:
        """Throw into whoever waits for this connection, if the deadline has passed; called in the hub."""
        if self._waiting is not None and self.deadline_s <= monotonic():
            self._waiting.throw(DeadlineExceeded("no complete answer in time"))

    def is_stale(self) -> bool:
        """The other side has hung up, or sent what nobody asked for."""
        if not self.quiet:
            return True
        try:
            self.socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            return True
        return True

    def close(self) -> None:
        """Hang up; may be called more than once."""
        self._watcher.stop()
        self._watcher.close()
        self.socket.close()

    def _readable(self) -> None:
        """There is something to read; called in the hub."""
        waiting = self._waiting
        if waiting is not None:
            _switch(waiting)
        else:
            self.quiet = False
            self._watcher.stop()  # nobody asked for it: the connection is of no use any more

    def _more(self) -> bytes:
        while True:
            self._switch()
            try:
                return self._receive(_CHUNK)
            except BlockingIOError:
                continue

    def _send_plain(self, data: bytes) -> None:
        try:
            sent = self.socket.send(data)
        except BlockingIOError:
            sent = 0
        if sent < len(data):
            self.send_rest(memoryview(data)[sent:])

    def send_rest(self, rest: memoryview) -> None:
        """Send what the system would not take at once; an answer that comes meanwhile waits."""
        writable = self._hub.loop.io(self.socket.fileno(), _WRITE)
        self._watcher.stop()
        try:
            writable.start(getcurrent().switch)
            while rest:
                self._switch()
                try:
                    rest = rest[self.socket.send(rest) :]
                except BlockingIOError:
                    continue
        finally:
            writable.stop()
            writable.close()
            self._watcher.start(self._readable)
