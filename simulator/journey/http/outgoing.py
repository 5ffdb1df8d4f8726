"""Small requests of one turn of the loop, sent together at its end: a server that is awake costs less to talk to."""

from __future__ import annotations

import socket
from typing import Any, Protocol

import gevent
from gevent import get_hub

MOST_BYTES = 4096
"""Larger requests are sent at once, by whoever waits for their answer."""


class Sender(Protocol):
    """A connection.

    Attributes:
        socket: where it sends.
    """

    socket: socket.socket

    def send_rest(self, rest: memoryview) -> None:
        """Send what the system would not take at once; may block."""


class Outgoing:
    """What is to be sent when everybody has had a turn; shared by the connections of a loop."""

    def __init__(self) -> None:
        self._loop: Any = get_hub().loop
        self._requests: list[tuple[Sender, bytes]] = []

    def put(self, sender: Sender, request: bytes) -> None:
        """Send a request soon; whether that went well is seen by the answer, or by its absence."""
        if not self._requests:
            self._loop.run_callback(self._flush)
        self._requests.append((sender, request))

    def _flush(self) -> None:
        requests, self._requests = self._requests, []
        for sender, request in requests:
            try:
                sent = sender.socket.send(request)
            except BlockingIOError:
                sent = 0
            except OSError:
                continue  # hung up, here or there: whoever waits reads the end of the connection
            if sent < len(request):
                gevent.spawn(_send_rest, sender, memoryview(request)[sent:])


def _send_rest(sender: Sender, rest: memoryview) -> None:
    try:
        sender.send_rest(rest)
    except OSError:
        return
