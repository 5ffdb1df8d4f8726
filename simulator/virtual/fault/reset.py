"""The connection is reset instead of an answer."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.node import Node
from simulator.virtual.answer import Answer
from simulator.virtual.fault.wire import Wire


@dataclass(frozen=True)
class Reset:
    """Resets."""

    def deliver(self, wire: Wire, answer: Answer) -> bool:
        wire.reset()
        return False


def read(node: Node | None) -> Reset:
    return Reset()
