"""Serves a virtual service: connections in, answers, delays and faults out."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from time import monotonic
from typing import Any

from gevent.server import StreamServer

from simulator.virtual.answer import Answer, plain
from simulator.virtual.connection import Arrived, BadRequestError, Connection
from simulator.virtual.limit import FullError, Limits, sleep_until
from simulator.virtual.service import Plan, Service

Handle = Callable[[Connection, Arrived], bool]
"""Answers one request; returns whether the connection can be used again."""


class HttpServer(StreamServer):
    """A server of ours on one port: parses requests and lets somebody answer them."""

    def __init__(self, address: tuple[str, int], answer: Handle) -> None:
        super().__init__(address, self._serve, backlog=1024)
        self._answer = answer

    @property
    def url(self) -> str:
        """Where it listens."""
        host = str(self.server_host)
        return f"http://{f'[{host}]' if ':' in host else host}:{self.server_port}"

    def _serve(self, sock: Any, address: Any) -> None:
        connection = Connection(sock)
        try:
            for arrived in connection.requests():
                if not self._answer(connection, arrived):
                    break
        except BadRequestError as error:
            with contextlib.suppress(OSError):
                connection.send(closing(plain(error.status, {"error": str(error)})))
        except OSError:
            pass  # the caller has gone, as callers do
        finally:
            connection.close()


class VirtualServer:
    """A virtual service on a port.

    Args:
        service: what answers.
        address: host and port to listen on; port 0 picks a free one.
    """

    def __init__(self, service: Service, address: tuple[str, int]) -> None:
        self._service = service
        self._limits = Limits()
        self.http = HttpServer(address, self._answer)

    def _answer(self, connection: Connection, arrived: Arrived) -> bool:
        service = self._service
        service.in_flight += 1
        plan = service.plan(arrived.request, arrived.at_s)
        sent = False
        try:
            if plan.limits:
                stays, sent = self._limited(connection, arrived, plan)
            else:
                stays, sent = _deliver(connection, arrived, plan, arrived.at_s)
            return stays
        finally:
            service.in_flight -= 1
            service.note(plan, arrived.at_s, monotonic() - arrived.at_s, sent=sent)

    def _limited(self, connection: Connection, arrived: Arrived, plan: Plan) -> tuple[bool, bool]:
        """The same, when limits apply: time counts from the request's turn."""
        connection.paces = self._limits.paces(plan.limits)
        try:
            with self._limits.inside(plan.limits):
                return _deliver(connection, arrived, plan, monotonic())
        except FullError:
            plan.answer = plain(503, {"error": "overloaded", "message": "Too many requests are waiting."})
            return _deliver(connection, arrived, plan, monotonic())
        finally:
            connection.paces = []


def _deliver(connection: Connection, arrived: Arrived, plan: Plan, begun_s: float) -> tuple[bool, bool]:
    """Send an answer when it is due; returns whether the connection can be used again, and whether all was sent."""
    if plan.delay_s > 0:
        sleep_until(begun_s + plan.delay_s)
    answer = plan.answer
    if plan.delivery is not None:
        sent = plan.delivery.deliver(connection, answer)
        return sent and arrived.keeps_open, sent
    if arrived.request.method == "HEAD":
        connection.send(answer.head + b"\r\n")
        return arrived.keeps_open, True
    if arrived.keeps_open:
        connection.send(answer.whole)
        return True, True
    connection.send(closing(answer))
    return False, True


def closing(answer: Answer) -> bytes:
    """An answer after which the connection is closed."""
    return answer.with_header("Connection", "close").whole
