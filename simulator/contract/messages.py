"""Messages that really went over a queue, folded by what they are and which fields they have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from simulator.contract.body import MISSING, Body
from simulator.contract.infer import inferred, promised_text
from simulator.contract.interaction import Interaction, Message, ProviderState
from simulator.contract.matching.path import RulePath, parse_path
from simulator.contract.matching.rules import Matcher, RuleList, Rules
from simulator.contract.reads import Reads
from simulator.contract.shape import Shape, is_worth_a_look
from simulator.contract.volatile import MASK, is_secret


@dataclass(frozen=True)
class SeenMessage:
    """One message as it went.

    Attributes:
        description: what it is, in words.
        contents: its body, a JSON value.
        metadata: texts that went with it.
        reads: what was read of its body; `None` for everything.
        metadata_names: those of the texts that were read; `None` for all.
        states: what must hold before it.
        step: where on a journey it happened.
    """

    description: str
    contents: Any
    metadata: Mapping[str, str] = field(default_factory=dict)
    reads: Reads | None = None
    metadata_names: frozenset[str] | None = None
    states: tuple[ProviderState, ...] = ()
    step: str = ""


class MessageKey(NamedTuple):
    """What makes two messages the same interaction."""

    description: str
    fields: tuple[str, ...]
    states: tuple[str, ...]


class MessageGroup:
    """Messages of one interaction.

    Attributes:
        count: how many there were.
        looked_into: how many of them shaped the interaction.
        contents: of the body.
        metadata: name → values.
        read_metadata: names that were read.
        states: of the first.
        steps: where they were sent or taken → how often.
    """

    __slots__ = ("contents", "count", "looked_into", "metadata", "read_metadata", "states", "steps")

    def __init__(self) -> None:
        self.count = self.looked_into = 0
        self.contents = Shape()
        self.metadata: dict[str, Shape] = {}
        self.read_metadata: set[str] = set()
        self.states: tuple[ProviderState, ...] = ()
        self.steps: dict[str, int] = {}

    def add(self, seen: SeenMessage) -> None:
        """One more message."""
        self.count += 1
        if not is_worth_a_look(self.count - 1):
            return
        self.looked_into += 1
        self.states = self.states or seen.states
        self.contents.add(seen.contents, seen.reads)
        for name, text in seen.metadata.items():
            self.metadata.setdefault(name, Shape()).add(text)
        self.read_metadata |= seen.metadata.keys() if seen.metadata_names is None else seen.metadata_names
        if seen.step:
            self.steps[seen.step] = self.steps.get(seen.step, 0) + 1

    def merge(self, other: MessageGroup) -> None:
        """Add what another place has collected."""
        self.states = self.states or other.states
        self.count += other.count
        self.looked_into += other.looked_into
        self.contents.merge(other.contents)
        self.read_metadata |= other.read_metadata
        for name, shape in other.metadata.items():
            self.metadata.setdefault(name, Shape()).merge(shape)
        for step, times in other.steps.items():
            self.steps[step] = self.steps.get(step, 0) + times

    def to_plain(self) -> list[Any]:
        """Lists and numbers, for msgpack."""
        metadata = {name: shape.to_plain() for name, shape in self.metadata.items()}
        states = [[state.name, dict(state.params)] for state in self.states]
        return [self.count, self.looked_into, self.contents.to_plain(), metadata, sorted(self.read_metadata), states,
                self.steps]  # fmt: skip

    @classmethod
    def from_plain(cls, plain: Iterable[Any]) -> MessageGroup:
        """The group that `to_plain` wrote."""
        made = cls()
        made.count, made.looked_into, contents, metadata, read, states, made.steps = plain
        made.contents = Shape.from_plain(contents)
        made.metadata = {name: Shape.from_plain(shape) for name, shape in metadata.items()}
        made.read_metadata = set(read)
        made.states = tuple(ProviderState(name, params) for name, params in states)
        return made


def key_of_message(seen: SeenMessage) -> MessageKey:
    """The interaction that a message belongs to."""
    fields = tuple(sorted(seen.contents)) if isinstance(seen.contents, dict) else ()
    return MessageKey(seen.description, fields, tuple(state.name for state in seen.states))


def message_key_of(plain: Iterable[Any]) -> MessageKey:
    """The key that `list(key)` wrote."""
    description, fields, states = plain
    return MessageKey(description, tuple(fields), tuple(states))


def message_interaction(
    key: MessageKey, group: MessageGroup, *, several: bool, comments: Mapping[str, Any]
) -> Interaction:
    """The interaction that messages come to.

    Args:
        key: of the messages.
        group: the messages.
        several: others are called the same, so that their fields are told, too.
        comments: go with it.
    """
    description = f"{key.description} with {', '.join(key.fields)}" if several and key.fields else key.description
    body, body_rules = MISSING, Rules({})
    if group.contents.read:
        example, body_rules = inferred(group.contents, only_read=True)
        body = Body.of_json(example)
    metadata, rules = {"contentType": "application/json"}, dict[RulePath, RuleList]()
    for name in sorted(group.read_metadata - metadata.keys()):
        shape = group.metadata.get(name)
        if shape is not None and shape.count == group.looked_into:
            metadata[name] = MASK if is_secret(name) else str(shape.example)
            rules[parse_path(f"$['{name}']")] = RuleList(
                (Matcher("type") if is_secret(name) else promised_text(shape),)
            )
    message = Message(body, metadata, body_rules, Rules(rules))
    return Interaction(description, group.states, message=message, comments={"simulator": dict(comments)})
