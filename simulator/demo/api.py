"""The shop's JSON API, as openapi.json describes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import cached_property
from importlib.resources import files
from itertools import count
from typing import Any

import gevent
from flask import Flask, Response, jsonify, request

from simulator.demo.build import Build
from simulator.demo.catalogue import Product
from simulator.demo.payment import Payments
from simulator.demo.problem import Problem, not_found
from simulator.demo.purchase import buy, buy_cart
from simulator.demo.store import LARGEST_ID, Line, Session, Store
from simulator.demo.visitor import COOKIE, remember, user, visitor
from simulator.demo.web import integer, json_body, text

MOST_PIECES = 100
"""Pieces of one product that one request can ask for."""


class Api:
    """The API's answers, one method each, over a store and its payments."""

    def __init__(self, store: Store, payments: Payments, build: Build) -> None:
        """Takes what the answers come from."""
        self._store = store
        self._payments = payments
        self._build = build
        self._searches = count(1)

    def register(self, app: Flask) -> None:
        """Adds the API's routes to the application."""
        routes: tuple[tuple[str, str, Callable[..., Any]], ...] = (
            ("GET", "/health", self.health),
            ("GET", "/openapi.json", self.openapi),
            ("GET", "/api/products", self.products),
            ("GET", "/api/products/<int:product_id>", self.product),
            ("POST", "/api/login", self.log_in),
            ("POST", "/api/logout", self.log_out),
            ("GET", "/api/me", self.me),
            ("GET", "/api/cart", self.cart),
            ("DELETE", "/api/cart", self.clear_cart),
            ("POST", "/api/cart/items", self.add_to_cart),
            ("DELETE", "/api/cart/items/<int:product_id>", self.remove_from_cart),
            ("GET", "/api/orders", self.orders),
            ("POST", "/api/orders", self.order),
            ("GET", "/api/orders/<order_id>", self.one_order),
        )
        for method, rule, view in routes:
            app.add_url_rule(rule, f"api.{view.__name__}", view, methods=[method])

    def health(self) -> dict[str, str]:
        return {"status": "ok"}

    @cached_property
    def _description(self) -> bytes:
        return files(__package__).joinpath("openapi.json").read_bytes()

    def openapi(self) -> Response:
        return Response(self._description, mimetype="application/json")

    def products(self) -> Response:
        found, total = self.search()
        response = jsonify([self._as_json(product) for product in found])
        response.headers["X-Total-Count"] = str(total)
        return response

    def search(self) -> tuple[list[Product], int]:
        """Returns the products that the present request asks for with q, category and page, and how many there are."""
        sought, category = request.args.get("q", ""), request.args.get("category", "")
        page = request.args.get("page", "1")
        if not page.isascii() or not page.isdigit() or not 1 <= int(page[:10]) <= 100_000:
            raise Problem(400, "bad_page", "`page` must be an integer from 1 to 100000.")
        if sought and self._build.search_delay_s:
            gevent.sleep(self._build.search_delay_s + next(self._searches) * self._build.search_growth_s)
        return self._store.search(sought, category, int(page))

    def product(self, product_id: int) -> dict[str, Any]:
        return self._as_json(self._store.product(product_id))

    def _as_json(self, product: Product) -> dict[str, Any]:
        shown = asdict(product) | {"image": f"/img/{product.id}.svg"}
        shown[self._build.price_field] = shown.pop("price_cents")
        return shown

    def log_in(self) -> Response:
        body = json_body()
        name, password = text(body, "user", at_most=64), text(body, "password", at_least=4)
        session = self._store.log_in(name, password, visitor(self._store))
        return remember(jsonify({"user": session.user, "token": session.token}), session)

    def log_out(self) -> Response:
        session = visitor(self._store)
        if session is not None:
            self._store.log_out(session)
        response = Response(status=204)
        response.delete_cookie(COOKIE, httponly=True, samesite="Lax")
        return response

    def me(self) -> dict[str, Any]:
        return {"user": user(self._store).user}

    def cart(self) -> dict[str, Any]:
        return self._cart_of(visitor(self._store))

    def _cart_of(self, session: Session | None) -> dict[str, Any]:
        lines = self._store.cart(session)
        total_cents = sum(line.quantity * line.price_cents for line in lines)
        return {"items": [asdict(line) for line in lines], "total_cents": total_cents}

    def clear_cart(self) -> Response:
        self._store.remove_from_cart(visitor(self._store))
        return Response(status=204)

    def add_to_cart(self) -> Response:
        body = json_body()
        product, quantity = _product_id(body), _quantity(body)
        self._store.product(product)
        session = visitor(self._store) or self._store.guest()
        self._store.add_to_cart(session, product, quantity)
        response = jsonify(self._cart_of(session))
        response.status_code = 201
        return remember(response, session)

    def remove_from_cart(self, product_id: int) -> dict[str, Any]:
        session = visitor(self._store)
        if product_id > LARGEST_ID or not self._store.remove_from_cart(session, product_id):
            raise not_found("product in the cart")
        return self._cart_of(session)

    def orders(self) -> list[dict[str, Any]]:
        return [asdict(order) for order in self._store.orders(user(self._store).user_id or 0)]

    def one_order(self, order_id: str) -> dict[str, Any]:
        return asdict(self._store.order(order_id, visitor(self._store)))

    def order(self) -> tuple[dict[str, Any], int]:
        body, session = json_body(), visitor(self._store)
        card = text(body, "card", at_least=12, at_most=19) if "card" in body else None
        if "product" in body:
            lines = [self._line(_product_id(body), _quantity(body))]
            order = buy(self._store, self._payments, session, lines, card)
        else:
            order = buy_cart(self._store, self._payments, session, card)
        return asdict(order), self._build.order_status

    def _line(self, product_id: int, quantity: int) -> Line:
        product = self._store.product(product_id)
        return Line(product.id, product.name, quantity, product.price_cents)


def _product_id(body: dict[str, Any]) -> int:
    return integer(body, "product", 1, LARGEST_ID)


def _quantity(body: dict[str, Any]) -> int:
    return integer(body, "quantity", 1, MOST_PIECES, default=1)
