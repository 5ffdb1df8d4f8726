"""The head promises the whole body, half of it comes, then the connection is closed."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.node import Node
from simulator.virtual.answer import Answer
from simulator.virtual.fault.wire import Wire


@dataclass(frozen=True)
class Truncated:
    """Sends half."""

    def deliver(self, wire: Wire, answer: Answer) -> bool:
        whole = answer.whole
        wire.send(whole[: len(whole) - (len(answer.body) + 1) // 2])
        return False


def read(node: Node | None) -> Truncated:
    return Truncated()
