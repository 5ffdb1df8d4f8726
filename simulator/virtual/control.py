"""The control interface: loopback only, behind a token; switches behaviours, reads the journal, resets.

GET  /status             what it is, what is on, counters, unused stubs
PUT  /behaviours         {"on": ["timeout"], "phase": "outage"}: exactly these are on from now on
POST /take               times by operation, and requests without a stub, since the last call
GET  /journal?last=100   the last requests, newest last
POST /reset              journal, counters and every user's state begin anew
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any, Protocol

from simulator.errors import UsageError
from simulator.virtual.answer import plain
from simulator.virtual.connection import Arrived, Connection
from simulator.virtual.request import Request
from simulator.virtual.server import HttpServer

TOKEN_VARIABLE = "SIMULATOR_VIRTUAL_TOKEN"
LOOPBACK = "127.0.0.1"
_REFUSED: tuple[int, Mapping[str, Any]] = (401, {"error": "the token is missing or wrong"})


class Controlled(Protocol):
    """What can be controlled: a virtual service, or a proxy."""

    def status(self) -> Mapping[str, Any]: ...

    def switch(self, names: list[str], now_s: float) -> None: ...

    def take(self) -> Mapping[str, Any]: ...

    def recent(self, last: int) -> list[Any]: ...

    def forget(self) -> None: ...

    phase: str


def control_server(controlled: Controlled, port: int, token: str) -> HttpServer:
    """The control interface on a port of loopback; 0 picks a free one."""
    routes: Mapping[tuple[str, str], Callable[[Request], Any]] = {
        ("GET", "/status"): lambda request: controlled.status(),
        ("PUT", "/behaviours"): lambda request: _switch(controlled, request),
        ("POST", "/take"): lambda request: controlled.take(),
        ("GET", "/journal"): lambda request: {"entries": controlled.recent(_last(request))},
        ("POST", "/reset"): lambda request: controlled.forget(),
    }

    def answer(connection: Connection, arrived: Arrived) -> bool:
        request = arrived.request
        route = routes.get((request.method, request.path))
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), token.encode()):
            status, told = _REFUSED
        elif route is None:
            status, told = 404, {"error": f"there is no {request.method} {request.path}"}
        else:
            status, told = _told(route, request)
        connection.send(plain(status, told).whole)
        return arrived.keeps_open

    return HttpServer((LOOPBACK, port), answer)


def _told(route: Callable[[Request], Any], request: Request) -> tuple[int, Mapping[str, Any]]:
    try:
        return 200, route(request) or {}
    except (UsageError, ValueError, TypeError, KeyError) as error:
        hint = getattr(error, "hint", None)
        return 422, {"error": str(error), **({"hint": hint} if hint else {})}


def _switch(controlled: Controlled, request: Request) -> Mapping[str, Any]:
    asked = request.json
    if not isinstance(asked, dict) or not isinstance(asked.get("on", []), list):
        raise UsageError('the body must look like {"on": ["timeout"], "phase": "outage"}')
    controlled.switch([str(name) for name in asked.get("on", [])], monotonic())
    controlled.phase = str(asked.get("phase", controlled.phase))
    return controlled.status()


def _last(request: Request) -> int:
    return max(0, int(request.query.get("last", "100")))
