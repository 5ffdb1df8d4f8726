"""The embedded demo shop: a small real web application to rehearse against, and the payment service behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from simulator.demo.build import PAYMENT_BREAKS as _PAYMENT_BREAKS
from simulator.demo.build import SHOP_BREAKS as _SHOP_BREAKS

BREAKS: Mapping[str, str] = MappingProxyType({name: fault.description for name, fault in _SHOP_BREAKS.items()})
"""What makes a worse build of the shop: name and what it does."""

PAYMENT_BREAKS: Mapping[str, str] = MappingProxyType({n: fault.description for n, fault in _PAYMENT_BREAKS.items()})
"""What makes a worse build of the payment service: name and what it does."""

__all__ = ["BREAKS", "PAYMENT_BREAKS", "serve", "serve_payments"]


def serve(
    port: int,
    host: str = "127.0.0.1",
    payments: str | None = None,
    breaks: Sequence[str] = (),
    stock: int | None = None,
    payment_timeout_s: float = 5.0,
    *,
    announce: Callable[[str], None],
) -> None:
    """Serves the shop until SIGTERM or SIGINT, then stops cleanly. To be called in a process's main thread.

    Args:
        port: Port to listen on; 0 picks a free one.
        host: Address to listen on.
        payments: URL of the payment service, `http://host:port`; None approves payments in the shop itself.
        breaks: Names out of `BREAKS` that make this a worse build.
        stock: Stock of each product; None means plenty, with two limited editions.
        payment_timeout_s: Seconds until a payment that gets no answer is given up (504).
        announce: Called once with the shop's URL when it accepts connections.

    Raises:
        ValueError: A break is unknown, the stock is negative or the payment URL is not an http URL.
        OSError: The port cannot be listened on.
    """
    from simulator.demo.build import build_with
    from simulator.demo.payment import Payments
    from simulator.demo.server import run_until_stopped
    from simulator.demo.shop import create_shop
    from simulator.demo.store import Store

    build = build_with(breaks)
    store = Store.seeded(0 if build.sold_out else stock)
    run_until_stopped(create_shop(store, Payments(payments, build, payment_timeout_s), build), host, port, announce)


def serve_payments(
    port: int,
    host: str = "127.0.0.1",
    breaks: Sequence[str] = (),
    *,
    announce: Callable[[str], None],
) -> None:
    """Serves the payment service until SIGTERM or SIGINT; all as for `serve`, with breaks out of `PAYMENT_BREAKS`."""
    from simulator.demo.build import PAYMENT_BREAKS, build_with
    from simulator.demo.payment_service import create_payment_service
    from simulator.demo.server import run_until_stopped

    run_until_stopped(create_payment_service(build_with(breaks, PAYMENT_BREAKS)), host, port, announce)
