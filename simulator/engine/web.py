"""Locust's own web interface beside a run: to look at, and to stop it; the load is the plan's."""

from __future__ import annotations

import socket
import sys
from typing import Any

import gevent

from simulator.errors import BringUpError
from simulator.journey.unpatched import stats_history

STEERING = ("/swarm",)
"""Requests that would start a load of their own."""


class Web:
    """The web interface of one run.

    Args:
        environment: Locust's, with its parsed options.
        address: `host:port` to listen at.

    Raises:
        BringUpError: nothing can listen there.
    """

    def __init__(self, environment: Any, address: str) -> None:
        host, _, port = address.rpartition(":")
        _refuse_taken(host, int(port))
        environment.parsed_options.headless = False
        self._words, sys.argv[1:] = sys.argv[1:], []  # Locust's pages read the command line as if it were Locust's
        self.ui: Any = environment.create_web_ui(host, int(port), delayed_start=True)
        self.ui.app.before_request(_only_looking)
        self.ui.start()
        self._history = gevent.spawn(stats_history, environment.runner)

    def close(self) -> None:
        """Serve no more."""
        sys.argv[1:] = self._words
        self._history.kill()
        self.ui.stop()


def _only_looking() -> tuple[str, int] | None:
    from flask import request

    return ("the load of this run is planned by simulator", 409) if request.path in STEERING else None


def _refuse_taken(host: str, port: int) -> None:
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise BringUpError(
            f"--web {host}:{port}: {error.strerror}", hint="name another, such as --web 127.0.0.1:8090"
        ) from error
