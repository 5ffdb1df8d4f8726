"""Ways in which an answer goes wrong, one file each.

A fault with `deliver` takes the answer's way to the caller into its own hands; a fault with `spoil` changes the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, runtime_checkable

from simulator.node import Node
from simulator.virtual.answer import Answer
from simulator.virtual.fault import (
    drip,
    empty,
    error,
    malformed,
    rate_limit,
    reset,
    stale,
    timeout,
    truncated,
    wrong_type,
)
from simulator.virtual.fault.wire import Wire
from simulator.virtual.request import Request


@runtime_checkable
class Delivery(Protocol):
    """A fault on the way."""

    def deliver(self, wire: Wire, answer: Answer) -> bool:
        """Bring the answer to the caller in its own way; returns whether the connection can be used again."""


@runtime_checkable
class Spoiler(Protocol):
    """A fault in the answer."""

    def spoil(self, request: Request, answer: Answer, now_s: float) -> Answer:
        """The answer that is sent instead; the same one when there is nothing to spoil this time."""


Fault = Delivery | Spoiler

READ: Mapping[str, tuple[tuple[str, ...], Callable[[Node | None], Fault]]] = {
    "reset": ((), reset.read),
    "timeout": (timeout.KEYS, timeout.read),
    "empty": ((), empty.read),
    "truncated": ((), truncated.read),
    "malformed": ((), malformed.read),
    "drip": (drip.KEYS, drip.read),
    "wrong_type": (wrong_type.KEYS, wrong_type.read),
    "stale": ((), stale.read),
    "rate_limit": (rate_limit.KEYS, rate_limit.read),
    "error": (error.KEYS, error.read),
}
"""Name → the keys that it takes in a stub file, and what reads it; without a node, with what is usual."""
