"""Serves a WSGI or ASGI application, named `module:app`, in a process of its own.

Which of them it is shows only once it is imported, and what gevent patches must be patched before that. So a WSGI
application is imported twice: this process begins anew, patched.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

MODULE = "simulator.environment.app_host"


def main() -> int:
    """Serve until SIGTERM or SIGINT; returns 3 when there is nothing to serve."""
    parser = argparse.ArgumentParser()
    parser.add_argument("app")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--wsgi", action="store_true", help="it is known to be one")
    asked = parser.parse_args()
    sys.path.insert(0, str(Path.cwd()))
    if asked.wsgi:
        from gevent import monkey

        monkey.patch_all()
    try:
        app = application(asked.app)
    except LookupError as error:
        print(f"error: {error.args[0]}", file=sys.stderr)
        return 3
    if asked.wsgi:
        _serve_wsgi(app, asked.port)
    elif is_asgi(app):
        _serve_asgi(app, asked.port)
    else:
        os.execv(sys.executable, [sys.executable, "-m", MODULE, *sys.argv[1:], "--wsgi"])
    return 0


def application(name: str) -> Callable[..., Any]:
    """The application `module:app`; `module:make()` calls what makes it.

    Raises:
        LookupError: it cannot be imported, or cannot be called.
    """
    module_name, _, attribute = name.partition(":")
    try:
        made = getattr(importlib.import_module(module_name), attribute.removesuffix("()"))
    except (ImportError, AttributeError) as error:
        raise LookupError(f"{name!r} cannot be imported: {error}") from error
    if attribute.endswith("()"):
        made = made()
    if not callable(made):
        raise LookupError(f"{name!r} is no application: it cannot be called")
    return made  # type: ignore[no-any-return]


def is_asgi(app: Callable[..., Any]) -> bool:
    """Whether an application is called with `scope, receive, send`, and awaited."""
    return inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(type(app).__call__)


def _serve_asgi(app: Callable[..., Any], port: int) -> None:
    import uvicorn

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=1)


def _serve_wsgi(app: Callable[..., Any], port: int) -> None:
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
