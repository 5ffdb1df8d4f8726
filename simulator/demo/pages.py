"""The shop's pages: drawn by the server, brought to life by static/shop.js over the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from simulator.demo.api import Api
from simulator.demo.build import Build
from simulator.demo.catalogue import Product
from simulator.demo.picture import ICON, picture
from simulator.demo.problem import Problem
from simulator.demo.store import PAGE_SIZE, Store
from simulator.demo.visitor import visitor

FEATURED = 2
"""The product that the catalogue opens with."""


class Pages:
    """The pages, one method each, over a store and the API's search."""

    def __init__(self, store: Store, api: Api, build: Build) -> None:
        """Takes what the pages show."""
        self._store = store
        self._api = api
        self._build = build

    def register(self, app: Flask) -> None:
        """Adds the pages' routes, and their own way to show problems, to the application."""
        pages = Blueprint("pages", __name__)
        routes: tuple[tuple[str, Callable[..., Any]], ...] = (
            ("/", self.catalogue),
            ("/products/<int:product_id>", self.product),
            ("/login", self.login),
            ("/cart", self.cart),
            ("/checkout", self.checkout),
            ("/orders", self.orders),
            ("/orders/<order_id>", self.order),
            ("/img/<int:product_id>.svg", self.image),
            ("/favicon.ico", self.icon),
        )
        for rule, view in routes:
            pages.add_url_rule(rule, view.__name__, view)
        pages.register_error_handler(Problem, self.problem)
        app.register_blueprint(pages)
        app.jinja_env.filters["euro"] = euro
        app.jinja_env.filters["stock"] = stock_in_words

    def _page(self, template: str, **values: Any) -> str:
        session = visitor(self._store)
        lines = self._store.cart(session)
        return render_template(
            template,
            user=session.user if session else None,
            cart=lines,
            cart_pieces=sum(line.quantity for line in lines),
            total_cents=sum(line.quantity * line.price_cents for line in lines),
            flaws=" ".join(sorted(self._build.page_flaws)),
            **values,
        )

    def catalogue(self) -> str:
        found, total = self._api.search()
        page = int(request.args.get("page", "1"))
        return self._page(
            "catalogue.html",
            products=found,
            total=total,
            sought=request.args.get("q", ""),
            category=request.args.get("category", ""),
            categories=self._store.categories(),
            next_page=page + 1 if page * PAGE_SIZE < total else None,
            featured=self._store.product(FEATURED),
        )

    def product(self, product_id: int) -> str:
        return self._page("product.html", product=self._store.product(product_id))

    def login(self) -> str:
        return self._page("login.html")

    def cart(self) -> str:
        return self._page("cart.html")

    def checkout(self) -> str:
        return self._page("checkout.html")

    def orders(self) -> str | AnyResponse:
        session = visitor(self._store)
        if session is None or session.user_id is None:
            return redirect("/login?next=/orders")
        return self._page("orders.html", orders=self._store.orders(session.user_id))

    def order(self, order_id: str) -> str:
        return self._page("order.html", order=self._store.order(order_id, visitor(self._store)))

    def image(self, product_id: int) -> Response:
        return _drawing(picture(self._store.product(product_id)))

    def icon(self) -> Response:
        return _drawing(ICON)

    def problem(self, problem: Problem) -> tuple[str, int]:
        return self._page("problem.html", problem=problem), problem.status


def euro(cents: int) -> str:
    """Returns an amount of cents as people read it: `€ 1,249.00`."""
    return f"€ {cents / 100:,.2f}"


def stock_in_words(product: Product) -> str:
    """Returns what a visitor needs to know about the product's stock."""
    if product.stock == 0:
        return "Sold out"
    return f"Only {product.stock} left" if product.stock <= 25 else "In stock"


def _drawing(svg: str) -> Response:
    response = Response(svg, mimetype="image/svg+xml")
    response.cache_control.public = True
    response.cache_control.max_age = 3600
    return response
