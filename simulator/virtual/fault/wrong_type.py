"""The right answer under a wrong content type."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.node import Node
from simulator.virtual.answer import Answer
from simulator.virtual.request import Request

KEYS = ("content_type",)


@dataclass(frozen=True)
class WrongType:
    """Calls it something else.

    Attributes:
        content_type: what it is called.
    """

    content_type: str = "text/html; charset=utf-8"

    def spoil(self, request: Request, answer: Answer, now_s: float) -> Answer:
        return answer.with_header("Content-Type", self.content_type)


def read(node: Node | None) -> WrongType:
    named = node.get("content_type") if node else None
    return WrongType(named.text()) if named else WrongType()
