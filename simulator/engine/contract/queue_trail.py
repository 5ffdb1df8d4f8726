"""What one user sent to a queue and took from it; who takes a message is its consumer, who sends it its provider."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

from simulator.contract.messages import SeenMessage
from simulator.contract.reads import Reads
from simulator.engine.contract.consumer import name_of, needs_of
from simulator.journey.operation import Operation
from simulator.journey.queue.broker import Message
from simulator.journey.queue.content import from_bytes, to_bytes
from simulator.journey.queue.exchange import Match
from simulator.journey.queue.witness import Kind

Keep = Callable[[str, str, SeenMessage, float | None], None]
"""Keeps a message: its consumer, its provider, itself, and its lag."""


class _Taken:
    """A message that came, with what is read of it.

    Args:
        message: as it came; it stays as it is, whatever the author does with what is handed to it.
    """

    def __init__(self, message: Message) -> None:
        self.message, self.reads, self.header_reads = message, Reads(), Reads()
        headers = self.header_reads.watch(dict(message.headers))
        self.watched = replace(message, body=self.reads.watch(message.body), headers=headers)

    @property
    def header_names(self) -> frozenset[str]:
        """Headers that were read."""
        return frozenset(self.message.headers if self.header_reads.whole else self.header_reads.fields)


class _Pending(NamedTuple):
    kind: Kind
    message: _Taken | Message
    operation: Operation
    journey: str
    lag_s: float | None


class QueueTrail:
    """The messages of one user and one queue, kept when the journey is over and all that is read of them has been read.

    Args:
        user: whose.
        queue: as journeys call it.
        keep: where they go.
    """

    def __init__(self, user: Any, queue: str, keep: Keep) -> None:
        self._track, self._queue, self._keep = user.track, queue, keep
        self._user, self._needs = name_of(user), needs_of(user)
        self._began_s = -1.0
        self._pending: list[_Pending] = []

    def sent(self, kind: Kind, message: Message, operation: Operation) -> None:
        """A message was handed over; it is noted as it is now, for its author may go on changing it."""
        self._note(kind, replace(message, body=from_bytes(to_bytes(message.body))), operation, None)

    def look(self) -> _Look:
        """A message is waited for."""
        return _Look(self)

    def took(self, kind: Kind, taken: _Taken, operation: Operation, lag_s: float | None) -> None:
        """A message came."""
        self._note(kind, taken, operation, lag_s)

    def flush(self) -> None:
        """Keep what happened so far."""
        pending, self._pending = self._pending, []
        for each in pending:
            if each.operation.succeeded:  # a check that failed later takes it back
                ends = (self._user, self._queue) if isinstance(each.message, _Taken) else (self._queue, self._user)
                self._keep(*ends, self._seen(each), each.lag_s)

    def _note(self, kind: Kind, message: _Taken | Message, operation: Operation, lag_s: float | None) -> None:
        if self._track.began_s != self._began_s:
            self.flush()
            self._began_s = self._track.began_s
        self._pending.append(_Pending(kind, message, operation, self._track.place.journey, lag_s))

    def _seen(self, pending: _Pending) -> SeenMessage:
        message, states = pending.message, self._needs.get(pending.journey, ())
        description, step = f"{pending.kind} on {self._queue}", pending.operation.key.step
        if isinstance(message, _Taken):
            as_it_came = message.message
            return SeenMessage(description, as_it_came.body, as_it_came.headers, message.reads, message.header_names,
                               states, step)  # fmt: skip
        return SeenMessage(description, message.body, message.headers, states=states, step=step)


class _Look:
    """Notes what is read of one message, from the moment on at which somebody asks whether it is the one."""

    def __init__(self, trail: QueueTrail) -> None:
        self._trail = trail
        self._taken: _Taken | None = None

    def matching(self, fits: Match) -> Match:
        """The same, noting what it reads of the message that it takes."""

        def fit(message: Message) -> bool:
            candidate = _Taken(message)
            found = fits(candidate.watched)
            self._taken = candidate if found else self._taken
            return found

        return fit

    def took(self, kind: Kind, message: Message, operation: Operation, lag_s: float | None) -> Message:
        """The message that came, in a form that notes what is read of it."""
        taken = self._taken if self._taken is not None and self._taken.message is message else _Taken(message)
        self._trail.took(kind, taken, operation, lag_s)
        return taken.watched
