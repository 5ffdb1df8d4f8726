"""The answer comes in small pieces, spread over a time."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.node import Node
from simulator.virtual.answer import Answer
from simulator.virtual.fault.wire import Wire

KEYS = ("over", "pieces")


@dataclass(frozen=True)
class Drip:
    """Drips.

    Attributes:
        over_s: from the first piece to the last.
        pieces: how many.
    """

    over_s: float = 5.0
    pieces: int = 20

    def deliver(self, wire: Wire, answer: Answer) -> bool:
        whole = answer.whole
        size = max(1, -(-len(whole) // self.pieces))
        starts = range(0, len(whole), size)
        for at in starts:
            wire.send(whole[at : at + size])
            if at != starts[-1]:
                wire.wait(self.over_s / max(1, len(starts) - 1))
        return True


def read(node: Node | None) -> Drip:
    over, pieces = (node.get(key) if node else None for key in KEYS)
    return Drip(over.duration() if over else Drip.over_s, max(1, pieces.integer(1)) if pieces else Drip.pieces)
