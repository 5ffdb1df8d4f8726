"""A body of the right length that nobody can parse."""

from __future__ import annotations

from dataclasses import dataclass, replace

from simulator.node import Node
from simulator.virtual.answer import Answer
from simulator.virtual.request import Request

GARBAGE = b'{"\xff\xfe<!'


@dataclass(frozen=True)
class Malformed:
    """Puts garbage over the beginning and takes the end away."""

    def spoil(self, request: Request, answer: Answer, now_s: float) -> Answer:
        return replace(answer, body=GARBAGE + answer.body[len(GARBAGE) : -1])


def read(node: Node | None) -> Malformed:
    return Malformed()
