"""An HTTP error in place of the answer."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.node import Node
from simulator.virtual.answer import Answer, plain, reason_of
from simulator.virtual.request import Request

KEYS = ("status",)


@dataclass(frozen=True)
class Error:
    """Fails.

    Attributes:
        status: of HTTP.
    """

    status: int = 503

    def spoil(self, request: Request, answer: Answer, now_s: float) -> Answer:
        words = reason_of(self.status)
        return plain(self.status, {"error": words.lower().replace(" ", "_"), "message": f"{words}."})


def read(node: Node | None) -> Error:
    status = node.get("status") if node else None
    return Error(status.integer(503)) if status else Error()
