"""The answer that the same address gave before, as a cache gives it that nobody empties."""

from __future__ import annotations

from dataclasses import dataclass, field

from simulator.node import Node
from simulator.virtual.answer import Answer
from simulator.virtual.request import Request

MOST_KEPT = 1000


@dataclass(frozen=True)
class Stale:
    """Repeats the first answer that it saw for an address."""

    _kept: dict[tuple[str, str], tuple[Answer, float]] = field(default_factory=dict, compare=False)

    def spoil(self, request: Request, answer: Answer, now_s: float) -> Answer:
        key = (request.method, request.target)
        kept = self._kept.get(key)
        if kept is None:
            if len(self._kept) < MOST_KEPT:
                self._kept[key] = (answer, now_s)
            return answer
        return kept[0].with_header("Age", str(int(now_s - kept[1])))


def read(node: Node | None) -> Stale:
    return Stale()
