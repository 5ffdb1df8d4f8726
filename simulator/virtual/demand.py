"""What a stub asks of a request beyond its path: one demand for each field, so that differences can be named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from simulator.node import Node
from simulator.virtual.json_path import Step, parse_path, values_at
from simulator.virtual.request import Request
from simulator.virtual.rule import MISSING, Rule, equals, is_rule, read_rule, shown_as

LONGEST_SHOWN = 80


@dataclass(frozen=True)
class Demand:
    """One field and what it must be like.

    Attributes:
        field: `query.page`, `header.Accept`, `json.items[0].id`, `body`.
        values: the field's values in a request; it fits when one of them does.
        rule: the demand.
    """

    field: str
    values: Callable[[Request], list[Any]]
    rule: Rule

    def met(self, request: Request) -> bool:
        """Whether the request has it."""
        return any(map(self.rule.fits, self.values(request)))

    def difference(self, request: Request) -> str:
        """In words, how a request that does not have it differs."""
        values = self.values(request)
        found = "missing" if values[0] is MISSING else repr(shown_as(values[0]))[:LONGEST_SHOWN]
        return f"{self.field}: {self.rule.text}, found {found}"


def read_demands(node: Node) -> Iterator[Demand]:
    """The demands of a stub's `request`."""
    for key, read in (("query", _query), ("headers", _header)):
        fields = node.get(key)
        for name, value in fields.mapping().items() if fields else ():
            yield read(name, value)
    yield from _of_body(node)


def _of_body(node: Node) -> Iterator[Demand]:
    body, json, paths, schema = (node.get(key) for key in ("body", "json", "json_path", "schema"))
    if body is not None:
        yield Demand("body", lambda request: [request.text], read_rule(body))
    if json is not None:
        yield from _json(json, ())
    if schema is not None:
        yield Demand("json", lambda request: [request.json], read_rule(Node(
            schema.source, schema.line, schema.column, "mapping", entries={"schema": schema}, keys={"schema": schema}
        )))  # fmt: skip
    for path, value in paths.mapping().items() if paths else ():
        nowhere: tuple[Step, ...] = ()
        steps = paths.keys[path].parsed(parse_path, nowhere) if paths else nowhere
        yield Demand(f"json {path}", _values_of(steps), read_rule(value))


def _query(name: str, node: Node) -> Demand:
    return Demand(f"query.{name}", lambda request: [request.query.get(name, MISSING)], read_rule(node))


def _header(name: str, node: Node) -> Demand:
    lowered = name.lower()
    return Demand(f"header.{name}", lambda request: [request.headers.get(lowered, MISSING)], read_rule(node))


def _json(node: Node, steps: tuple[Step, ...]) -> Iterator[Demand]:
    """Every leaf of a body in part: what is named must fit, what is not named may be anything."""
    if node.kind == "mapping" and not is_rule(node):
        for key, value in node.entries.items():
            yield from _json(value, (*steps, ("key", key)))
    elif node.kind == "list":
        for at, value in enumerate(node.children):
            yield from _json(value, (*steps, ("at", at)))
    else:
        rule = equals(None) if node.kind == "nothing" else read_rule(node)
        yield Demand(_shown(steps), _values_of(steps), rule)


def _values_of(steps: tuple[Step, ...]) -> Callable[[Request], list[Any]]:
    return lambda request: values_at(steps, request.json) or [MISSING]


def _shown(steps: tuple[Step, ...]) -> str:
    return "json" + "".join(f"[{name}]" if how == "at" else f".{name}" for how, name in steps)
