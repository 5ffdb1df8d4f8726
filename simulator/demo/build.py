"""What a build of the shop does well, and the switches that make it worse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True)
class Build:
    """How one build of the shop behaves; the defaults are the good build.

    Attributes:
        search_delay_s: Extra time that each search takes, in seconds.
        search_growth_s: What each search so far adds to the next one, in seconds.
        payment_delay_s: Extra time before each payment, in seconds.
        failing_payment_every: Every n-th payment fails; 0 means none.
        leak_bytes: Memory that each request never gives back.
        sold_out: Nothing is in stock.
        order_status: HTTP status of an accepted order.
        price_field: Name of a product's price in the API.
        header_limit: Requests in flight beyond which X-Request-Id is missing; None means never.
        page_flaws: Flaws that the pages' JavaScript shows.
    """

    search_delay_s: float = 0.0
    search_growth_s: float = 0.0
    payment_delay_s: float = 0.0
    failing_payment_every: int = 0
    leak_bytes: int = 0
    sold_out: bool = False
    order_status: int = 201
    price_field: str = "price_cents"
    header_limit: int | None = None
    page_flaws: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Break:
    """One switch: what it does, in words and as the fields of `Build` that it changes."""

    description: str
    changes: Mapping[str, Any] = field(default_factory=dict)


SHOP_BREAKS: Mapping[str, Break] = MappingProxyType(
    {
        "slow-search": Break(
            "each search takes 300 ms longer, and a little more with every search",
            {"search_delay_s": 0.3, "search_growth_s": 0.0001},
        ),
        "failing-payments": Break("every 3rd payment fails (502)", {"failing_payment_every": 3}),
        "slow-payments": Break("each payment takes 1 s longer", {"payment_delay_s": 1.0}),
        "memory-leak": Break("each request keeps 100 kB for ever", {"leak_bytes": 100_000}),
        "layout-shift": Break(
            "a late banner pushes the catalogue down (CLS above 0.25)", {"page_flaws": frozenset({"layout-shift"})}
        ),
        "out-of-stock": Break("everything is sold out (409)", {"sold_out": True}),
        "wrong-status": Break("POST /api/orders answers 200 instead of 201", {"order_status": 200}),
        "renamed-field": Break("products have `price` instead of `price_cents`", {"price_field": "price"}),
        "missing-header-under-load": Break(
            "X-Request-Id is missing when more than 8 requests are in flight", {"header_limit": 8}
        ),
        "console-error": Break("each page throws an error in JavaScript", {"page_flaws": frozenset({"console-error"})}),
    }
)

PAYMENT_BREAKS: Mapping[str, Break] = MappingProxyType(
    {
        "failing": Break("every 3rd payment fails (503)", {"failing_payment_every": 3}),
        "slow": Break("each payment takes 1 s longer", {"payment_delay_s": 1.0}),
    }
)


def build_with(names: Iterable[str], breaks: Mapping[str, Break] = SHOP_BREAKS) -> Build:
    """Returns the good build made worse by the named breaks.

    Raises:
        ValueError: A name is unknown; the message lists the valid ones.
    """
    build = Build()
    for name in names:
        if name not in breaks:
            raise ValueError(f"unknown break {name!r}; valid are: {', '.join(breaks)}")
        changes = dict(breaks[name].changes)
        if "page_flaws" in changes:
            changes["page_flaws"] |= build.page_flaws
        build = replace(build, **changes)
    return build
