"""The shop's side of paying: asks the payment service, or approves by itself when there is none."""

from __future__ import annotations

import http.client
from itertools import count
from urllib.parse import urlsplit

import gevent
import gevent.socket
import orjson

from simulator.demo.build import Build
from simulator.demo.problem import Problem

REFUSED_CARD = "4000000000000002"
"""The card that every payment refuses, as test cards of real payment services do."""


class Payments:
    """Takes the money for orders.

    Args:
        url: The payment service, `http://host:port`; None approves everything but the refused card right here.
        build: What makes payments slow or fail.
        timeout_s: Seconds until a payment without an answer is given up.

    Raises:
        ValueError: The URL is not an http URL with a host.
    """

    def __init__(self, url: str | None, build: Build, timeout_s: float) -> None:
        target = urlsplit(url or "http://inside")
        if target.scheme != "http" or not target.hostname:
            raise ValueError(f"the payment service's URL must look like http://host:port, not {url!r}")
        self._inside = url is None
        self._host, self._port, self._path = target.hostname, target.port or 80, target.path.rstrip("/") + "/payments"
        self._build = build
        self._timeout_s = timeout_s
        self._attempts = count(1)

    def pay(self, order: str, amount_cents: int, card: str | None) -> str:
        """Pays the order and returns the payment's id; other requests go on meanwhile.

        Raises:
            Problem: Refused (402), the payment service failed (502) or did not answer in time (504).
        """
        attempt = next(self._attempts)
        if self._build.payment_delay_s:
            gevent.sleep(self._build.payment_delay_s)
        if fails(self._build, attempt):
            raise Problem(502, "payment_failed", "The payment service failed.")
        status, payment = self._decide(order, card) if self._inside else self._ask(order, amount_cents, card)
        if status == 402:
            raise Problem(402, "payment_refused", "The payment was refused. Nothing has been charged.")
        if status != 201 or not isinstance(payment, str):
            raise Problem(502, "payment_failed", f"The payment service answered {status}.")
        return payment

    def _decide(self, order: str, card: str | None) -> tuple[int, str | None]:
        return (402, None) if card == REFUSED_CARD else (201, f"inside-{order}")

    def _ask(self, order: str, amount_cents: int, card: str | None) -> tuple[int, str | None]:
        body = orjson.dumps({"order": order, "amount_cents": amount_cents} | ({"card": card} if card else {}))
        connection = _Connection(self._host, self._port)
        try:
            # A deadline for the whole exchange: a service that trickles its answer is as late as a silent one.
            with gevent.Timeout(self._timeout_s, TimeoutError("no answer in time")):
                connection.request("POST", self._path, body, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                return answer.status, _payment_id(answer.read())
        except TimeoutError as problem:
            raise Problem(504, "payment_timeout", "The payment service did not answer in time.") from problem
        except (OSError, http.client.HTTPException) as problem:
            raise Problem(502, "payment_failed", "The payment service cannot be reached.") from problem
        finally:
            connection.close()


class _Connection(http.client.HTTPConnection):
    """An HTTP connection whose waiting lets the other greenlets go on, without patching the process."""

    def connect(self) -> None:
        self.sock = gevent.socket.create_connection((self.host, self.port))
        self.sock.setsockopt(gevent.socket.IPPROTO_TCP, gevent.socket.TCP_NODELAY, 1)


def fails(build: Build, attempt: int) -> bool:
    """Returns whether this build lets the payment fail that is tried as the n-th, counted from 1."""
    return build.failing_payment_every > 0 and attempt % build.failing_payment_every == 0


def _payment_id(body: bytes) -> str | None:
    try:
        payment = orjson.loads(body)["id"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None
    return payment if isinstance(payment, str) else None
