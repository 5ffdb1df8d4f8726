"""A user's side of a queue: send, receive, ask, subscribe; each is an operation, and so is the lag between them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator.journey.queue.broker import BrokerError, Message, QueueSpec
from simulator.journey.queue.exchange import Arrived, Exchange, Match, Waiter
from simulator.journey.queue.witness import Look, MessageWitness
from simulator.journey.track import Track
from simulator.journey.trouble import OperationFailed
from simulator.journey.within import seconds
from simulator.record.failure import Evidence

if TYPE_CHECKING:
    from simulator.journey.surroundings import Surroundings

KIND = "message"
VISIBLE = "publish to visible"


@dataclass(frozen=True)
class Sent:
    """A message that was handed over.

    Attributes:
        correlation_id: tells it, and what comes of it, from all others.
        sent_s: when the sending began, on the run's clock.
        queue: where it went.
    """

    correlation_id: str
    sent_s: float
    queue: str


@dataclass(frozen=True)
class Received:
    """A message that came.

    Attributes:
        body: what it says.
        correlation_id: as it carries it; empty text for none.
        headers: further texts.
        reply_to: where an answer is awaited; empty text for none.
        lag_s: from the sending of what it answers to its arrival here; `None` when that is not known.
    """

    body: Any
    correlation_id: str
    headers: Mapping[str, str]
    reply_to: str
    lag_s: float | None


Wanted = Mapping[str, Any] | Match | Sent | str | None


class Queue:
    """One queue, for one user.

    Args:
        name: as journeys call it.
        surroundings: of the process.
        track: the user's.
        user: the user's number.
        witness: looks at every message; `None` for nobody.
    """

    def __init__(
        self, name: str, surroundings: Surroundings, track: Track, user: int, witness: MessageWitness | None = None
    ) -> None:
        self.name, self._witness = name, witness
        self._surroundings, self._track, self._user = surroundings, track, user
        self._exchange: Exchange = surroundings.exchange(name)

    def send(
        self, body: Any, *, correlation_id: str = "", headers: Mapping[str, str] | None = None, reply_to: str = ""
    ) -> Sent:
        """Hand a message to the broker; what comes of it can be received by what this returns.

        Args:
            body: what JSON can carry, or bytes.
            correlation_id: empty text for one of its own.
            headers: further texts.
            reply_to: where an answer shall go.

        Raises:
            OperationFailed: the broker has not taken it; the step fails.
        """
        spec = self._exchange.spec
        correlation_id = correlation_id or _own_id(body, spec) or secrets.token_hex(8)
        operation = self._track.operation(f"send {self.name}", KIND)
        sent = Sent(correlation_id, operation.started_s, self.name)
        self._exchange.expect(correlation_id, self._user)
        self._surroundings.note(sent)
        message = Message(body, correlation_id, reply_to, dict(headers or {}))
        try:
            self._exchange.broker.publish(spec, message)
        except BrokerError as error:
            operation.fail(error.kind, str(error), collect=lambda: _evidence(message))
            raise OperationFailed(str(error)) from error
        operation.succeed(collect=lambda: _evidence(message))
        if self._witness is not None:
            self._witness.sent("message", message, operation)
        return sent

    def receive(
        self, match: Wanted = None, *, within: str | float = "5s", since: Sent | float | None = None
    ) -> Received:
        """The next message that is meant, of those that came already and those to come.

        Args:
            match: what came of `send` (or a correlation id), fields that its body must have, or a function of the
                message; `None` for any that no other user waits for.
            within: how long to wait.
            since: what it is the consequence of, for the lag; `None` for the message with the same correlation id.

        Raises:
            OperationFailed: none came in time; the step fails.
        """
        correlation_id, fits = _meant(match)
        if correlation_id:
            self._exchange.expect(correlation_id, self._user)
        look = self._look()
        waiter = Waiter(correlation_id, look.matching(fits) if look and fits else fits, self._user)
        return self._received(lambda within_s: self._exchange.receive(waiter, within_s), within, since, look)

    def request(self, body: Any, *, within: str | float = "5s", headers: Mapping[str, str] | None = None) -> Received:
        """Send a message and wait for the answer to it, which comes to a queue of this process alone.

        Raises:
            OperationFailed: no answer came in time; the step fails.
        """
        replies = self._surroundings.replies(self._exchange.spec)
        correlation_id = secrets.token_hex(8)
        operation = self._track.operation(f"request {self.name}", KIND)
        message = Message(body, correlation_id, replies.spec.address, dict(headers or {}))
        try:
            replies.listen()
            self._exchange.broker.publish(self._exchange.spec, message)
            arrived = replies.receive(Waiter(correlation_id, None, self._user), seconds(within))
        except BrokerError as error:
            operation.fail(error.kind, str(error), collect=lambda: _evidence(message))
            raise OperationFailed(str(error)) from error
        answer = arrived.delivery.message
        operation.succeed(collect=lambda: _evidence(message, answer))
        lag_s = arrived.at_s - operation.started_s
        if self._witness is not None:
            self._witness.sent("request", message, operation)
            answer = self._witness.look().took("answer", answer, operation, lag_s)
        return _as_received(answer, lag_s)

    def reply(self, to: Received, body: Any) -> None:
        """Answer a message where its sender waits.

        Raises:
            OperationFailed: nobody waits, or the broker has not taken it; the step fails.
        """
        operation = self._track.operation(f"reply {self.name}", KIND)
        spec = QueueSpec(self.name, self._exchange.spec.url, to.reply_to)
        message = Message(body, to.correlation_id)
        try:
            if not to.reply_to:
                raise BrokerError("message", "the message does not say where an answer is awaited")
            self._exchange.broker.publish(spec, message)
        except BrokerError as error:
            operation.fail(error.kind, str(error))
            raise OperationFailed(str(error)) from error
        operation.succeed()
        if self._witness is not None:
            self._witness.sent("answer", message, operation)

    @contextmanager
    def subscribe(self) -> Iterator[Subscription]:
        """See everything that is published to this topic from now on, as a `with` block."""
        number = self._exchange.subscribe()
        try:
            yield Subscription(self, number)
        finally:
            self._exchange.unsubscribe(number)

    def _look(self) -> Look | None:
        return None if self._witness is None else self._witness.look()

    def _received(
        self, wait: Callable[[float], Arrived], within: str | float, since: Sent | float | None, look: Look | None
    ) -> Received:
        operation = self._track.operation(f"receive {self.name}", KIND)
        try:
            arrived = wait(seconds(within))
        except BrokerError as error:
            operation.fail(error.kind, str(error))
            raise OperationFailed(str(error)) from error
        message = arrived.delivery.message
        operation.succeed(collect=lambda: _evidence(message))
        lag_s = self._lag_s(message, arrived, since)
        if look is not None:
            message = look.took("request" if message.reply_to else "message", message, operation, lag_s)
        return _as_received(message, lag_s)

    def _lag_s(self, message: Message, arrived: Arrived, since: Sent | float | None) -> float | None:
        """How long it took from the sending to the arrival, recorded as an operation by itself."""
        sent = self._surroundings.sent.pop(message.correlation_id, None) if since is None else since
        if sent is None or message.detour:  # its way was longer than the system made it, so its time says nothing
            return None
        started_s, source = (sent.sent_s, sent.queue) if isinstance(sent, Sent) else (sent, self.name)
        way = self.name if source == self.name else f"{source} → {self.name}"
        last = self._track.last
        operation = self._track.operation(f"{way}: {VISIBLE}", KIND)
        lag_s = max(0.0, arrived.at_s - started_s)
        operation.started_s = self._track.clock() - lag_s
        operation.succeed()
        self._track.last = last  # a check that fails now is about the message, not about its lag
        return lag_s


class Subscription:
    """Everything that is published to a topic, for one user."""

    def __init__(self, queue: Queue, number: int) -> None:
        self._queue, self._number = queue, number

    def receive(
        self, match: Wanted = None, *, within: str | float = "5s", since: Sent | float | None = None
    ) -> Received:
        """The next message that is meant; see `Queue.receive`.

        Raises:
            OperationFailed: none came in time; the step fails.
        """
        correlation_id, fits = _meant(match)
        look = self._queue._look()
        matches = look.matching(fits) if look and fits else fits

        def wanted(message: Message) -> bool:
            if correlation_id and message.correlation_id != correlation_id:
                return False
            return matches is None or matches(message)

        exchange = self._queue._exchange
        return self._queue._received(lambda s: exchange.next_for(self._number, wanted, s), within, since, look)


def _meant(match: Wanted) -> tuple[str, Match | None]:
    if isinstance(match, Sent):
        return match.correlation_id, None
    if isinstance(match, str):
        return match, None
    if isinstance(match, Mapping):
        fields = dict(match)
        return (
            "",
            lambda message: (
                isinstance(message.body, dict)
                and all(name in message.body and message.body[name] == value for name, value in fields.items())
            ),
        )
    return "", match


def _own_id(body: Any, spec: QueueSpec) -> str:
    return (
        str(body[spec.correlation]) if spec.correlation and isinstance(body, dict) and spec.correlation in body else ""
    )


def _as_received(message: Message, lag_s: float | None) -> Received:
    return Received(message.body, message.correlation_id, message.headers, message.reply_to, lag_s)


def _evidence(*messages: Message) -> list[Evidence]:
    lines = [f"correlation id {m.correlation_id or '-'}\nheaders {dict(m.headers)}\n{m.body!r}\n" for m in messages]
    return [Evidence("message.txt", "\n".join(lines).encode()[:100_000])]
