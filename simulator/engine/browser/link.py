"""The host's end of the sockets: read when there is something, written without waiting."""

from __future__ import annotations

import asyncio
import os
import select
import socket
import threading
from collections.abc import Callable
from typing import Any

from simulator.engine.browser.wire import Incoming, packed

_HANG_UP = select.POLLHUP | getattr(select, "POLLRDHUP", 0)


class Link:
    """The way to the engine's process; when that is gone, this process ends at once.

    Playwright's driver ends when its standard input closes, and the browser when its driver's pipe does, so nothing
    is left behind.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._outgoing = bytearray()
        self._loop: asyncio.AbstractEventLoop | None = None
        threading.Thread(target=_end_with_the_other_side, args=(sock.fileno(),), daemon=True).start()

    def attach(self, loop: asyncio.AbstractEventLoop, hear: Callable[[list[Any]], None]) -> None:
        """Have each message heard in this loop, and stop blocking."""
        incoming = Incoming()

        def read() -> None:
            try:
                data = self._socket.recv(65536)
            except BlockingIOError:
                return
            if not data:
                os._exit(0)
            for message in incoming.feed(data):
                hear(message)

        self._socket.setblocking(False)
        self._loop = loop
        loop.add_reader(self._socket, read)

    def detach(self) -> None:
        """Block again: there is no loop any more."""
        self._socket.setblocking(True)
        self._loop = None
        self._write()

    def send(self, message: list[Any]) -> None:
        """Send a message, together with others of this turn of the loop; what the socket does not take follows later.

        A system call for each, and a wake-up of the engine, would be a sixth of what this process consumes.
        """
        idle = not self._outgoing
        self._outgoing += packed(message)
        if self._loop is None:
            self._write()
        elif idle:
            self._loop.call_soon(self._write)

    def _write(self) -> None:
        try:
            while self._outgoing:
                sent = self._socket.send(self._outgoing)
                del self._outgoing[:sent]
        except BlockingIOError:
            assert self._loop is not None
            self._loop.add_writer(self._socket, self._write)
            return
        except OSError:
            os._exit(0)
        if self._loop is not None:
            self._loop.remove_writer(self._socket)


def _end_with_the_other_side(fileno: int) -> None:
    """Runs in a thread of its own, because a journey may be blocking the loop."""
    if not hasattr(select, "POLLRDHUP"):
        return
    poll = select.poll()
    poll.register(fileno, _HANG_UP)
    poll.poll()
    os._exit(0)
