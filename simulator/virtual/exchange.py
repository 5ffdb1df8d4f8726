"""One recorded request with its answer."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.virtual.answer import Answer
from simulator.virtual.request import Request


@dataclass(frozen=True)
class Exchange:
    """A request, what the real service answered, and how long that took it.

    Attributes:
        request: as it came.
        answer: as it was given, without what belongs to the connection.
        response_s: how long the real service took, to the last byte of its answer.
        in_flight: requests under way when this one came, this one included.
    """

    request: Request
    answer: Answer
    response_s: float
    in_flight: int
