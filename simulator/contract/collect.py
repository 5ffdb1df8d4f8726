"""From exchanges that really happened to a contract: folded by operation, secrets masked, what varies made a rule."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from simulator.contract.body import MISSING, Body
from simulator.contract.infer import inferred, promised_text, text_rule
from simulator.contract.interaction import (
    Contract,
    Interaction,
    ProviderState,
    Request,
    Response,
    Values,
    Version,
)
from simulator.contract.matching.path import RulePath, parse_path
from simulator.contract.matching.rules import NOTHING, Matcher, RuleList, Rules
from simulator.contract.messages import (
    MessageGroup,
    MessageKey,
    SeenMessage,
    key_of_message,
    message_interaction,
    message_key_of,
)
from simulator.contract.reads import Reads
from simulator.contract.shape import Shape, is_worth_a_look
from simulator.contract.volatile import MASK, is_secret

MOST_GROUPS = 500
COOKIE, AUTHORIZATION = "cookie", "authorization"
_NOT_THE_CONSUMERS = frozenset(
    {"host", "user-agent", "accept-encoding", "connection", "content-length", "transfer-encoding", "x-simulator-user",
     "accept", "date", "content-type", "expect", "te", "upgrade"}
)  # fmt: skip
_OPERATION = "operation"


@dataclass(frozen=True)
class Seen:
    """One exchange as it happened.

    Attributes:
        method: in capitals.
        path: without query.
        pattern: the path with `{id}` where it varies.
        query: parameters with their values.
        headers: of the request.
        body: of the request.
        status: of the answer.
        answer_headers: of the answer.
        answer_body: of the answer, decoded.
        reads: what was read of the answer's JSON; `None` for everything.
        header_names: fields of the answer that were read, in lower case.
        states: what must hold before it.
        step: where on a journey it happened.
    """

    method: str
    path: str
    pattern: str
    query: Values = field(default_factory=dict)
    headers: Values = field(default_factory=dict)
    body: Body = MISSING
    status: int = 200
    answer_headers: Values = field(default_factory=dict)
    answer_body: Body = MISSING
    reads: Reads | None = None
    header_names: frozenset[str] = frozenset()
    states: tuple[ProviderState, ...] = ()
    step: str = ""


class Key(NamedTuple):
    """What makes two exchanges the same interaction."""

    method: str
    pattern: str
    query: tuple[str, ...]
    fields: tuple[str, ...]
    status: int
    states: tuple[str, ...]


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


def key_of(seen: Seen) -> Key:
    """The interaction that an exchange belongs to."""
    fields: tuple[str, ...] = ()
    if seen.body.state == "present" and seen.body.is_json:
        value = _json(seen.body)
        fields = tuple(sorted(value)) if isinstance(value, dict) else ()
    states = tuple(state.name for state in seen.states)
    return Key(seen.method, seen.pattern, tuple(sorted(seen.query)), fields, seen.status, states)


Evidence = Callable[[Key | MessageKey], Mapping[str, Any]]
"""What is known of an interaction from load: samples, share of the traffic, times."""


def contract_of(
    collected: Collected, consumer: str, provider: str, *, version: Version = "4", evidence: Evidence | None = None
) -> Contract:
    """The contract that the exchanges come to.

    Args:
        collected: the exchanges.
        consumer: who asked.
        provider: who answered.
        version: of the Pact specification.
        evidence: goes into the comments of each interaction.
    """
    total = sum(group.count for group in collected.groups.values())
    several = _several(list(collected.groups))
    made = []
    for key, group in collected.groups.items():
        comments = {
            "samples": group.count, "share": round(group.count / total, 4), "steps": group.steps,
            **(evidence(key) if evidence else {}),
        }  # fmt: skip
        request = _request(key, group)
        interaction = Interaction(
            _description(key, several), group.states, request, _response(key, group), comments={"simulator": comments}
        )
        made.append(interaction)
    made += _messages(collected.messages, evidence)
    return Contract(consumer, provider, tuple(made), version)


def _messages(messages: Mapping[MessageKey, MessageGroup], evidence: Evidence | None) -> Iterator[Interaction]:
    total = sum(group.count for group in messages.values())
    names = [key.description for key in messages]
    for key, group in messages.items():
        comments = {
            "samples": group.count, "share": round(group.count / total, 4), "steps": group.steps,
            **(evidence(key) if evidence else {}),
        }  # fmt: skip
        yield message_interaction(key, group, several=names.count(key.description) > 1, comments=comments)


def _several(keys: list[Key]) -> set[tuple[str, ...]]:
    """Request lines of which there is more than one interaction."""
    lines = [(key.method, key.pattern, *key.query) for key in keys]
    return {line for line in lines if lines.count(line) > 1}


def _description(key: Key, several: set[tuple[str, ...]]) -> str:
    text = f"{key.method} {key.pattern}" + (f"?{'&'.join(key.query)}" if key.query else "")
    if (key.method, key.pattern, *key.query) in several:
        text += f" with {', '.join(key.fields)}" if key.fields else ""
        text += f" → {key.status}"
    return text


def _request(key: Key, group: Group) -> Request:
    headers: dict[str, tuple[str, ...]] = {}
    header_rules: dict[RulePath, RuleList] = {}
    generators: dict[str, Any] = {}
    for name, shape in group.headers.items():
        if name.lower() in (COOKIE, AUTHORIZATION):
            if group.states:
                headers[name] = (MASK,)
                header_rules[_named(name)] = RuleList((Matcher("type"),))
                generators.setdefault("header", {})[name] = {
                    "type": "ProviderState", "expression": f"${{{name.lower()}}}", "dataType": "STRING",
                }  # fmt: skip
            continue
        if shape.count == group.looked_into:
            headers[name], rule = _field_value(name, shape)
            if rule is not None:
                header_rules[_named(name)] = RuleList((rule,))
    query, query_rules = {}, {}
    for name, shape in group.query.items():
        query[name], rule = _field_value(name, shape)
        if rule is not None:
            query_rules[_named(name)] = RuleList((rule,))
    body, body_rules = _request_body(group)
    if body.state == "present" and body.content_type:
        headers["Content-Type"] = (body.content_type,)
    path_rules = NOTHING
    if "{id}" in key.pattern and group.path != key.pattern:
        path_rules = Rules(
            {parse_path("$"): RuleList((Matcher("regex", {"regex": _path_regex(key.pattern, group.path)}),))}
        )
    path, found = _path_from_state(group)
    if found:
        generators["path"] = {"type": "ProviderState", "expression": found, "dataType": "STRING"}
    return Request(key.method, path, query, headers, body, path_rules, Rules(query_rules), Rules(header_rules),
                   body_rules, generators)  # fmt: skip


def _request_body(group: Group) -> tuple[Body, Rules]:
    if group.body is not None:
        example, rules = inferred(group.body, only_read=False)
        return Body.of_json(example, group.media[0] or "application/json"), rules
    if not group.text:
        return MISSING, NOTHING
    return Body.of_bytes(_masked_form(group.text).encode(), group.media[0]), NOTHING


def _masked_form(text: str) -> str:
    return re.sub(
        r"([^&=\s]+)=([^&\s]*)", lambda match: f"{match[1]}={MASK}" if is_secret(match[1]) else match[0], text
    )


def _response(key: Key, group: Group) -> Response:
    headers: dict[str, tuple[str, ...]] = {}
    rules: dict[RulePath, RuleList] = {}
    if group.media[1]:
        headers["Content-Type"] = (group.media[1],)
    for name in sorted(group.read_headers - {"content-type"}):
        shape = group.answer_headers.get(name)
        if shape is not None and shape.count == group.looked_into:
            headers[name] = (MASK if is_secret(name) else str(shape.example),)
            rules[_named(name)] = RuleList((promised_text(shape),))
    if group.answer is None or not group.answer.read:
        return Response(key.status, headers, header_rules=Rules(rules))
    example, body_rules = inferred(group.answer, only_read=True)
    return Response(key.status, headers, Body.of_json(example, group.media[1] or "application/json"),
                    header_rules=Rules(rules), body_rules=body_rules)  # fmt: skip


def _field_value(name: str, shape: Shape) -> tuple[tuple[str, ...], Matcher | None]:
    if is_secret(name):
        return (MASK,), Matcher("type")
    return (str(shape.example),), text_rule(shape)


def _path_regex(pattern: str, path: str) -> str:
    """The pattern of a path whose `{id}` is as in the example: digits for digits, anything else for anything else."""
    example = path.split("/")
    parts = []
    for at, segment in enumerate(pattern.split("/")):
        is_number = at < len(example) and re.fullmatch(r"\d+(\.\w+)?", example[at])
        parts.append(re.escape(segment).replace(r"\{id\}", r"\d+" if is_number else "[^/]+"))
    return "/".join(parts)


def _path_from_state(group: Group) -> tuple[str, str]:
    """The path, and the expression that makes it from what its states have given; empty text when they give nothing."""
    given = [name for state in group.states for name in (state.params.get("captures") or {})]
    path = expression = group.path
    for state in group.states:
        for name, capture in (state.params.get("captures") or {}).items():
            expression = expression.replace(str(capture["value"]), f"${{{name}}}")
    return path, expression if given and expression != path else ""


def _named(name: str) -> RulePath:
    return parse_path(f"$['{name}']")


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


def _json(body: Body) -> Any:
    try:
        return body.json
    except orjson.JSONDecodeError:
        return None
