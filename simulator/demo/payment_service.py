"""The payment service: the small service that the shop depends on."""

from __future__ import annotations

from itertools import count
from typing import Any

import gevent
from flask import Flask

from simulator.demo.build import Build
from simulator.demo.payment import REFUSED_CARD, fails
from simulator.demo.problem import Problem
from simulator.demo.web import answer_in_json, integer, json_body, text


def create_payment_service(build: Build) -> Flask:
    """Returns the payment service as a WSGI application: POST /payments and GET /health."""
    app = Flask(__name__, static_folder=None)
    answer_in_json(app)
    attempts = count(1)

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.post("/payments")
    def pay() -> tuple[dict[str, Any], int]:
        body = json_body()
        order, amount_cents = text(body, "order"), integer(body, "amount_cents", 1, 10**12)
        attempt = next(attempts)
        if build.payment_delay_s:
            gevent.sleep(build.payment_delay_s)
        if fails(build, attempt):
            raise Problem(503, "unavailable", "Payments are unavailable at the moment.")
        if body.get("card") == REFUSED_CARD:
            raise Problem(402, "refused", "The card was refused.")
        return {"id": f"pay-{attempt}", "status": "approved", "order": order, "amount_cents": amount_cents}, 201

    return app
