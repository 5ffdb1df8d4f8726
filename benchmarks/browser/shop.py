"""The shop that every tool visits, in a process of its own; it counts orders, and so journeys that ended well."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.request
from types import TracebackType

ORDERS = "/benchmark/orders"


class Shop:
    """The shop's process, started on entry and stopped on exit.

    Args:
        core: where it may run; `None` for anywhere.

    Attributes:
        host: its address.
    """

    def __init__(self, core: int | None = None) -> None:
        self._core = core
        self.host = ""

    def __enter__(self) -> Shop:
        command = [sys.executable, "-m", "benchmarks.browser.shop"]
        pinned = [] if self._core is None else ["taskset", "-c", str(self._core)]
        self._process = subprocess.Popen([*pinned, *command], stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.host = self._process.stdout.readline().strip()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait()

    def orders(self) -> int:
        """How many orders were placed so far."""
        with urllib.request.urlopen(f"{self.host}{ORDERS}", timeout=30) as answer:
            return int(answer.read())


def serve() -> None:
    """Be the shop."""
    from flask import Response, request

    from simulator.demo.build import build_with
    from simulator.demo.payment import Payments
    from simulator.demo.server import run_until_stopped
    from simulator.demo.shop import create_shop
    from simulator.demo.store import Store

    build = build_with(())
    app = create_shop(Store.seeded(1_000_000), Payments(None, build, 5.0), build)
    placed = [0]

    @app.after_request
    def count(response: Response) -> Response:
        if request.method == "POST" and "order" in request.path and response.status_code < 400:
            placed[0] += 1
        return response

    app.add_url_rule(ORDERS, "orders_placed", lambda: str(placed[0]))
    run_until_stopped(app, "127.0.0.1", int(os.environ.get("PORT", "0")), lambda url: print(url, flush=True))


if __name__ == "__main__":
    serve()
