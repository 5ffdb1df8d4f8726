"""What is asked of whoever carries messages, and what a message is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, cast

Kind = Literal["queue", "topic", "stream"]


class BrokerError(Exception):
    """The broker refused, or cannot be reached.

    Attributes:
        kind: refused, timeout, or message.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True)
class QueueSpec:
    """A queue as the environment names it.

    Attributes:
        name: in journeys.
        url: of its broker: `amqp://…`, `redis://…`, `kafka://…`, `memory://`.
        address: its name at the broker.
        kind: queue (each message to one receiver), topic (to all who listen), stream (Redis streams).
        exchange: where messages are published instead of straight into the queue (AMQP); empty text for straight.
        correlation: the field of a message's body that tells messages apart, where the broker has no room for that.
    """

    name: str
    url: str
    address: str
    kind: Kind = "queue"
    exchange: str = ""
    correlation: str = ""

    @classmethod
    def of(cls, name: str, settings: Mapping[str, str]) -> QueueSpec:
        """The queue of an environment's settings."""
        kind = cast(Kind, settings.get("kind", "queue"))
        address = settings.get("name", name)
        return cls(name, settings["url"], address, kind, settings.get("exchange", ""), settings.get("correlation", ""))


@dataclass(frozen=True)
class Message:
    """A message.

    Attributes:
        body: what JSON can carry; of others' messages bytes or text when it is no JSON.
        correlation_id: tells it, and the answer to it, from all others; empty text when it has none.
        reply_to: the address at which an answer is awaited; empty text for none.
        headers: further texts.
        detour: another worker had it and gave it back, so its way was longer than the system made it.
    """

    body: Any
    correlation_id: str = ""
    reply_to: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    detour: bool = False


class Delivery(Protocol):
    """A message on its way to somebody here.

    Attributes:
        message: itself.
    """

    message: Message

    def keep(self) -> None:
        """Somebody took it: the broker may forget it."""

    def give_back(self) -> None:
        """Nobody here wants it: somebody else may have it."""


Take = Callable[[Delivery], None]


class Listening(Protocol):
    """Messages come in until this is ended."""

    def check(self) -> None:
        """Raises `BrokerError` when nothing can come in at present."""

    def stop(self) -> None:
        """No more."""


class Broker(Protocol):
    """Carries messages; every call blocks only the greenlet that makes it."""

    def publish(self, queue: QueueSpec, message: Message) -> None:
        """Hand a message over; when this returns, the broker has it.

        Raises:
            BrokerError: it has not.
        """

    def listen(self, queue: QueueSpec, take: Take) -> Listening:
        """From now on messages of a queue go to `take`; when this returns, a topic's messages are not missed any more.

        Raises:
            BrokerError: nothing will come in.
        """

    def close(self) -> None:
        """Hang up."""
