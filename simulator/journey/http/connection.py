"""One connection: sends a request, waits for the answer without asking the socket first.

After sending, the connection's one persistent watcher wakes the waiting greenlet, and only then the socket is read: two
system calls a request. Nothing here sets a timer; `deadline.Sweeper` throws into those that are late.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Any

from gevent import get_hub, getcurrent

from simulator.journey.http.answer import Answer, read_answer
from simulator.journey.http.problem import DeadlineExceeded
from simulator.journey.http.tunnel import Tunnel

_READ, _WRITE = 1, 2
_CHUNK = 65_536


class Connection:
    """A connected socket, and TLS on it when that is asked for.

    Attributes:
        used: it has carried an answer already.
        idle_since_s: when it was last put aside, on the monotonic clock.
    """

    __slots__ = ("_hub", "_receive", "_send_all", "_socket", "_tunnel", "_waiting", "_watcher", "idle_since_s", "used")

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._hub: Any = get_hub()
        self._watcher = self._hub.loop.io(connected.fileno(), _READ)
        self._waiting: Any = None
        self._tunnel: Tunnel | None = None
        self._receive: Callable[[int], bytes] = connected.recv
        self._send_all: Callable[[bytes], None] = self._send_plain
        self.used = False
        self.idle_since_s = 0.0

    def secure(self, context: ssl.SSLContext, host: str) -> None:
        """Shake hands; from now on everything is encrypted."""
        self._waiting = getcurrent()
        self._watcher.start(self._waiting.switch)
        try:
            tunnel = Tunnel(context, host, self._send_plain, self._socket.recv, self._hub.switch)
            tunnel.open()
        finally:
            self._watcher.stop()
            self._waiting = None
        self._tunnel = tunnel
        self._receive, self._send_all = tunnel.receive, tunnel.send

    def exchange(self, request: bytes, bodiless: bool, most_bytes: int) -> Answer:
        """Send a request and read its answer; see `read_answer` for what it raises."""
        greenlet = self._waiting = getcurrent()
        try:
            with suppress(BrokenPipeError, ConnectionResetError):  # it may have answered before it hung up
                self._send_all(request)
            self._watcher.start(greenlet.switch)
            return read_answer(self._more, bodiless, most_bytes)
        finally:
            self._watcher.stop()
            self._waiting = None

    def expire(self) -> None:
        """Throw into whoever waits for this connection now; called in the hub."""
        if self._waiting is not None:
            self._waiting.throw(DeadlineExceeded("no complete answer in time"))

    def is_stale(self) -> bool:
        """The other side has hung up, or sent what nobody asked for."""
        try:
            self._socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            return True
        return True

    def put_aside(self) -> None:
        """It has done its work and waits for the next."""
        self.used = True
        self.idle_since_s = monotonic()

    def close(self) -> None:
        """Hang up; may be called more than once."""
        self._watcher.stop()
        self._watcher.close()
        self._socket.close()

    def _more(self) -> bytes:
        wait = self._hub.switch
        while True:
            wait()
            try:
                return self._receive(_CHUNK)
            except BlockingIOError:
                continue

    def _send_plain(self, data: bytes) -> None:
        try:
            sent = self._socket.send(data)
        except BlockingIOError:
            sent = 0
        if sent < len(data):
            self._send_rest(memoryview(data)[sent:])

    def _send_rest(self, rest: memoryview) -> None:
        watcher = self._hub.loop.io(self._socket.fileno(), _WRITE)
        try:
            watcher.start(getcurrent().switch)
            while rest:
                self._hub.switch()
                try:
                    rest = rest[self._socket.send(rest) :]
                except BlockingIOError:
                    continue
        finally:
            watcher.stop()
            watcher.close()
