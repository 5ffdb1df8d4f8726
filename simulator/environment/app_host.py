"""Serves a WSGI application, named `module:app`, in a process of its own."""

from __future__ import annotations

import argparse
import importlib
import inspect
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gevent import monkey


def main() -> int:
    """Serve until SIGTERM or SIGINT; returns 3 when there is nothing to serve."""
    parser = argparse.ArgumentParser()
    parser.add_argument("app")
    parser.add_argument("--port", type=int, required=True)
    asked = parser.parse_args()
    monkey.patch_all()
    sys.path.insert(0, str(Path.cwd()))
    try:
        _serve(application(asked.app), asked.port)
    except LookupError as error:
        print(f"error: {error.args[0]}", file=sys.stderr)
        return 3
    return 0


def application(name: str) -> Callable[..., Any]:
    """The application `module:app`; `module:make()` calls what makes it.

    Raises:
        LookupError: it cannot be imported, or is no WSGI application.
    """
    module_name, _, attribute = name.partition(":")
    try:
        made = getattr(importlib.import_module(module_name), attribute.removesuffix("()"))
    except (ImportError, AttributeError) as error:
        raise LookupError(f"{name!r} cannot be imported: {error}") from error
    if attribute.endswith("()"):
        made = made()
    if inspect.iscoroutinefunction(made) or inspect.iscoroutinefunction(type(made).__call__):
        raise LookupError(f"{name!r} is an ASGI application, which needs a server of its own; "
                          f"start it with a command such as `uvicorn {name} --port {{port}}`")  # fmt: skip
    if not callable(made):
        raise LookupError(f"{name!r} is no application: it cannot be called")
    return made  # type: ignore[no-any-return]


def _serve(app: Callable[..., Any], port: int) -> None:
    import gevent
    from gevent import socket
    from gevent.event import Event
    from gevent.pywsgi import WSGIHandler, WSGIServer

    class Handler(WSGIHandler):
        """Answers at once: with Nagle's algorithm, small answers on a kept connection wait for acknowledgements."""

        def handle(self) -> None:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            super().handle()

    stopping = Event()
    server = WSGIServer(("127.0.0.1", port), app, log=None, handler_class=Handler)
    watchers = [gevent.signal_handler(number, stopping.set) for number in (signal.SIGTERM, signal.SIGINT)]
    try:
        server.start()
        print(f"http://127.0.0.1:{server.server_port}", flush=True)
        stopping.wait()
    finally:
        server.stop(timeout=0.5)
        for watcher in watchers:
            watcher.cancel()


if __name__ == "__main__":
    sys.exit(main())
