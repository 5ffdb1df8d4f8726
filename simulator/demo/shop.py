"""The shop as one WSGI application: pages, the API beneath them, and what each answer carries."""

from __future__ import annotations

from itertools import count

import gevent
from flask import Flask, Response, g, request

from simulator.demo.api import Api
from simulator.demo.build import Build
from simulator.demo.pages import Pages
from simulator.demo.payment import Payments
from simulator.demo.store import Store
from simulator.demo.web import answer_in_json


def create_shop(store: Store, payments: Payments, build: Build) -> Flask:
    """Returns the shop over this store, with these payments, as this build behaves."""
    app = Flask(__name__)
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 3600
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    answer_in_json(app)
    _name_requests(app, build.header_limit)
    if build.leak_bytes:
        _leak(app, build.leak_bytes)
    api = Api(store, payments, build)
    api.register(app)
    Pages(store, api, build).register(app)
    return app


def _name_requests(app: Flask, header_limit: int | None) -> None:
    """Gives each answer an X-Request-Id, the caller's own or a new one, but none beyond the limit in flight."""
    numbers = count(1)
    in_flight: set[int] = set()

    @app.before_request
    def enter() -> None:
        g.request_number = next(numbers)
        in_flight.add(g.request_number)
        if header_limit is not None:
            gevent.sleep(0)  # a turn for the others that have arrived, so that requests are in flight together

    @app.after_request
    def name(response: Response) -> Response:
        if header_limit is None or len(in_flight) <= header_limit:
            response.headers["X-Request-Id"] = request.headers.get("X-Request-Id") or f"shop-{g.request_number}"
        return response

    @app.teardown_request
    def leave(_: BaseException | None) -> None:
        in_flight.discard(g.get("request_number", 0))


def _leak(app: Flask, leak_bytes: int) -> None:
    kept: list[bytes] = []

    @app.before_request
    def keep() -> None:
        kept.append(b"x" * leak_bytes)  # filled: untouched memory would not show as used
