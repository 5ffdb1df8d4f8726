"""Serving a WSGI application in this process until it is told to stop."""

from __future__ import annotations

import signal
from collections.abc import Callable

import gevent
from flask import Flask
from gevent import socket
from gevent.event import Event
from gevent.pywsgi import WSGIHandler, WSGIServer

GRACE_S = 0.5
"""Seconds that requests in flight get to end when the server stops."""


class _Handler(WSGIHandler):
    """Answers at once: without TCP_NODELAY, small answers on a kept connection wait for acknowledgements."""

    def handle(self) -> None:
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().handle()


def run_until_stopped(app: Flask, host: str, port: int, announce: Callable[[str], None]) -> None:
    """Serves the application until SIGTERM or SIGINT, then stops listening and lets requests in flight end.

    Args:
        app: What answers.
        host: Address to listen on.
        port: Port to listen on; 0 picks a free one.
        announce: Called with the server's URL when it accepts connections.

    Raises:
        OSError: The port cannot be listened on.
    """
    stopping = Event()
    server = WSGIServer((host, port), app, log=None, handler_class=_Handler)
    watchers = [gevent.signal_handler(number, stopping.set) for number in (signal.SIGTERM, signal.SIGINT)]
    try:
        server.start()
        announce(f"http://{host}:{server.server_port}")
        stopping.wait()
    finally:
        server.stop(timeout=GRACE_S)
        for watcher in watchers:
            watcher.cancel()
