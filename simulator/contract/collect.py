"""Exchanges that really happened, folded by interaction while they happen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from simulator.contract.body import Body
from simulator.contract.interaction import ProviderState, Values
from simulator.contract.messages import MessageGroup, MessageKey, SeenMessage, key_of_message, message_key_of
from simulator.contract.reads import Reads
from simulator.contract.seen import Key, Seen, key_of
from simulator.contract.shape import Shape, is_worth_a_look

MOST_GROUPS = 500
_NOT_THE_CONSUMERS = frozenset(
    {"host", "user-agent", "accept-encoding", "connection", "content-length", "transfer-encoding", "x-simulator-user",
     "accept", "date", "content-type", "expect", "te", "upgrade"}
)  # fmt: skip


class Group:
    """Exchanges of one interaction.

    Attributes:
        count: how many there were.
        looked_into: how many of them shaped the interaction.
        path: of the first.
        paths: whether there were others.
        states: of the first.
        steps: where they happened → how often.
        query: name → values.
        headers: of the request, name → values.
        body: of the request; `None` for none that is JSON.
        text: the request's body that is no JSON, of the first.
        answer: of the JSON answer; `None` for none that is JSON.
        answer_headers: name → values.
        read_headers: fields of the answer that were read.
        media: content types of request and answer.
    """

    __slots__ = ("answer", "answer_headers", "body", "count", "headers", "looked_into", "media", "path", "paths",
                 "query", "read_headers", "states", "steps", "text")  # fmt: skip

    def __init__(self) -> None:
        self.count = self.looked_into = 0
        self.path = ""
        self.paths = False
        self.states: tuple[ProviderState, ...] = ()
        self.steps: dict[str, int] = {}
        self.query: dict[str, Shape] = {}
        self.headers: dict[str, Shape] = {}
        self.body: Shape | None = None
        self.text = ""
        self.answer: Shape | None = None
        self.answer_headers: dict[str, Shape] = {}
        self.read_headers: set[str] = set()
        self.media = ("", "")

    @property
    def wants(self) -> bool:
        """Whether the next sample should be looked into."""
        return is_worth_a_look(self.count)

    def add(self, seen: Seen) -> None:
        """Look into one exchange."""
        if not self.looked_into:
            self.path, self.states = seen.path, seen.states
            self.media = (seen.body.content_type, seen.answer_body.content_type)
            self.text = "" if seen.body.is_json else seen.body.text
        self.looked_into += 1
        self.paths = self.paths or seen.path != self.path
        if seen.step:
            self.steps[seen.step] = self.steps.get(seen.step, 0) + 1
        _add_values(self.query, seen.query)
        _add_values(self.headers, {n: v for n, v in seen.headers.items() if n.lower() not in _NOT_THE_CONSUMERS})
        _add_values(self.answer_headers, {name.lower(): values for name, values in seen.answer_headers.items()})
        self.read_headers |= seen.header_names
        self.body = _add_json(self.body, seen.body, None)
        self.answer = _add_json(self.answer, seen.answer_body, seen.reads)

    def merge(self, other: Group) -> None:
        """Add what another place has collected."""
        if not self.looked_into:
            self.path, self.states, self.media, self.text = other.path, other.states, other.media, other.text
        self.paths = self.paths or other.paths or self.path != other.path
        self.count += other.count
        self.looked_into += other.looked_into
        self.read_headers |= other.read_headers
        for step, times in other.steps.items():
            self.steps[step] = self.steps.get(step, 0) + times
        for mine, theirs in ((self.query, other.query), (self.headers, other.headers),
                             (self.answer_headers, other.answer_headers)):  # fmt: skip
            for name, shape in theirs.items():
                mine.setdefault(name, Shape()).merge(shape)
        for part in ("body", "answer"):
            theirs_shape = getattr(other, part)
            if theirs_shape is not None:
                mine_shape = getattr(self, part) or Shape()
                mine_shape.merge(theirs_shape)
                setattr(self, part, mine_shape)

    def to_plain(self) -> list[Any]:
        """Lists and numbers, for msgpack."""
        states = [[state.name, dict(state.params)] for state in self.states]
        shapes = [{name: shape.to_plain() for name, shape in part.items()}
                  for part in (self.query, self.headers, self.answer_headers)]  # fmt: skip
        bodies = [shape.to_plain() if shape else None for shape in (self.body, self.answer)]
        return [self.count, self.looked_into, self.path, self.paths, states, self.steps, shapes, bodies, self.text,
                sorted(self.read_headers), self.media]  # fmt: skip

    @classmethod
    def from_plain(cls, plain: Iterable[Any]) -> Group:
        """The group that `to_plain` wrote."""
        made = cls()
        (
            made.count,
            made.looked_into,
            made.path,
            made.paths,
            states,
            made.steps,
            shapes,
            bodies,
            made.text,
            read,
            media,
        ) = plain
        made.states = tuple(ProviderState(name, params) for name, params in states)
        made.query, made.headers, made.answer_headers = (
            {name: Shape.from_plain(shape) for name, shape in part.items()} for part in shapes
        )
        made.body, made.answer = (Shape.from_plain(shape) if shape else None for shape in bodies)
        made.read_headers, made.media = set(read), (media[0], media[1])
        return made


class Collected:
    """Everything that was exchanged with one provider.

    Attributes:
        groups: interactions, in the order in which they were first seen.
        messages: messages of queues, likewise.
        lost: exchanges beyond so many interactions, and messages that are neither a JSON object nor a list.
    """

    def __init__(self) -> None:
        self.groups: dict[Key, Group] = {}
        self.messages: dict[MessageKey, MessageGroup] = {}
        self.lost = 0

    def add(self, seen: Seen) -> Key | None:
        """One more exchange; returns the interaction it belongs to, `None` when there are too many already."""
        key = key_of(seen)
        group = self.groups.get(key)
        if group is None:
            if len(self.groups) >= MOST_GROUPS:
                self.lost += 1
                return None
            group = self.groups[key] = Group()
        if group.wants:
            group.add(seen)
        group.count += 1
        return key

    def add_message(self, seen: SeenMessage) -> MessageKey | None:
        """One more message; returns the interaction it belongs to, `None` when it is none of JSON or of too many."""
        key = key_of_message(seen)
        if not isinstance(seen.contents, (dict, list)) or (
            key not in self.messages and len(self.messages) >= MOST_GROUPS
        ):
            self.lost += 1
            return None
        self.messages.setdefault(key, MessageGroup()).add(seen)
        return key

    def merge(self, other: Collected) -> None:
        """Add what another worker has collected."""
        self.lost += other.lost
        for key, group in other.groups.items():
            self.groups.setdefault(key, Group()).merge(group)
        for message_key, messages in other.messages.items():
            self.messages.setdefault(message_key, MessageGroup()).merge(messages)

    def to_plain(self) -> list[Any]:
        """Lists and numbers, for msgpack."""
        groups = [[list(key), group.to_plain()] for key, group in self.groups.items()]
        messages = [[list(key), group.to_plain()] for key, group in self.messages.items()]
        return [groups, messages, self.lost]

    @classmethod
    def from_plain(cls, plain: Iterable[Any]) -> Collected:
        """What `to_plain` wrote."""
        made = cls()
        groups, messages, made.lost = plain
        for (method, pattern, query, fields, status, states), group in groups:
            key = Key(method, pattern, tuple(query), tuple(fields), status, tuple(states))
            made.groups[key] = Group.from_plain(group)
        made.messages = {message_key_of(key): MessageGroup.from_plain(group) for key, group in messages}
        return made

    def __bool__(self) -> bool:
        return bool(self.groups or self.messages)


def _add_values(shapes: dict[str, Shape], values: Values) -> None:
    for name, given in values.items():
        shapes.setdefault(name, Shape()).add(", ".join(given))


def _add_json(shape: Shape | None, body: Body, reads: Reads | None) -> Shape | None:
    if body.state != "present" or not body.is_json:
        return shape
    try:
        value = body.json
    except orjson.JSONDecodeError:
        return shape
    shape = shape or Shape()
    shape.add(value, reads)
    return shape
