"""Looks at what one user sends to a queue and takes from it; there is none unless somebody wants to know."""

from __future__ import annotations

from typing import Literal, Protocol

from simulator.journey.operation import Operation
from simulator.journey.queue.broker import Message
from simulator.journey.queue.exchange import Match

Kind = Literal["message", "request", "answer"]


class Look(Protocol):
    """Notes what a user reads of one message that it waits for."""

    def matching(self, fits: Match) -> Match:
        """The same, noting what it reads of the message that it takes."""

    def took(self, kind: Kind, message: Message, operation: Operation, lag_s: float | None) -> Message:
        """The message that came, in a form that notes what is read of it."""


class MessageWitness(Protocol):
    """Looks at the messages of one user and one queue."""

    def sent(self, kind: Kind, message: Message, operation: Operation) -> None:
        """A message was handed over."""

    def look(self) -> Look:
        """A message is waited for."""
