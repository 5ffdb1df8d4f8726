"""Small requests of one turn of the loop, sent together at its end: a server that is awake costs less to talk to."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import gevent
from gevent import get_hub

MOST_BYTES = 4096
"""Larger requests are sent at once, by whoever waits for their answer."""

Rest = Callable[[memoryview], None]
"""Sends what the system would not take at once; may block."""


class Outgoing:
    """What is to be sent when everybody has had a turn; shared by the connections of a loop."""

    def __init__(self) -> None:
        self._loop: Any = get_hub().loop
        self._requests: list[tuple[socket.socket, bytes, Rest]] = []

    def put(self, to: socket.socket, request: bytes, rest: Rest) -> None:
        """Send a request soon; whether that went well is seen by the answer, or by its absence."""
        if not self._requests:
            self._loop.run_callback(self._flush)
        self._requests.append((to, request, rest))

    def _flush(self) -> None:
        requests, self._requests = self._requests, []
        for to, request, rest in requests:
            try:
                sent = to.send(request)
            except BlockingIOError:
                sent = 0
            except OSError:
                continue  # hung up, here or there: whoever waits reads the end of the connection
            if sent < len(request):
                gevent.spawn(_send_rest, rest, memoryview(request)[sent:])


def _send_rest(rest: Rest, data: memoryview) -> None:
    try:
        rest(data)
    except OSError:
        return
