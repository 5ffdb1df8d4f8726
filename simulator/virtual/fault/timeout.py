"""No answer comes; the connection stays open until the caller gives up."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.node import Node
from simulator.virtual.answer import Answer
from simulator.virtual.fault.wire import Wire

KEYS = ("after",)
LONGEST_S = 600.0


@dataclass(frozen=True)
class Timeout:
    """Says nothing.

    Attributes:
        after_s: how long until it closes the connection by itself.
    """

    after_s: float = LONGEST_S

    def deliver(self, wire: Wire, answer: Answer) -> bool:
        wire.wait(self.after_s)
        return False


def read(node: Node | None) -> Timeout:
    after = node.get("after") if node else None
    return Timeout(after.duration(LONGEST_S)) if after else Timeout()
