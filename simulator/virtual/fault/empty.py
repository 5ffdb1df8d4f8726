"""The connection is closed without a single byte."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.node import Node
from simulator.virtual.answer import Answer
from simulator.virtual.fault.wire import Wire


@dataclass(frozen=True)
class Empty:
    """Closes."""

    def deliver(self, wire: Wire, answer: Answer) -> bool:
        return False


def read(node: Node | None) -> Empty:
    return Empty()
