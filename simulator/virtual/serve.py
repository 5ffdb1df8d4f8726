"""A virtual service as a process: serves until it is told to stop."""

from __future__ import annotations

import gc
import signal
from collections.abc import Callable, Sequence

import gevent
from gevent.event import Event

from simulator.virtual.control import Controlled, control_server
from simulator.virtual.server import HttpServer, VirtualServer
from simulator.virtual.service import Service
from simulator.virtual.stub_file import StubFile
from simulator.virtual.tcp_proxy import TcpProxy

GRACE_S = 0.2
Announce = Callable[[str, str], None]
"""Told where the service and its control interface listen."""


def serve(file: StubFile, address: tuple[str, int], control_port: int, token: str, announce: Announce) -> Service:
    """Serve a virtual service until SIGTERM or SIGINT; returns it, for what it has seen.

    Raises:
        OSError: a port cannot be listened on.
    """
    service = Service(file)
    server = VirtualServer(service, address).http
    serve_until_stopped(server, service, control_port, token, announce)
    return service


def serve_until_stopped(
    server: HttpServer | TcpProxy, controlled: Controlled, control_port: int, token: str, announce: Announce
) -> None:
    """Serve, with a control interface beside it, until SIGTERM or SIGINT."""
    control = control_server(controlled, control_port, token)
    gc.freeze()  # stubs live as long as the process; collecting them again and again only costs time
    run_servers([server, control], lambda: announce(server.url, control.url))


def run_servers(servers: Sequence[HttpServer | TcpProxy], announce: Callable[[], None]) -> None:
    """Run servers until SIGTERM or SIGINT."""
    stopping = Event()
    watchers = [gevent.signal_handler(number, stopping.set) for number in (signal.SIGTERM, signal.SIGINT)]
    try:
        for server in servers:
            server.start()
        announce()
        stopping.wait()
    finally:
        for server in servers:
            server.stop(timeout=GRACE_S)
        for watcher in watchers:
            watcher.cancel()
