"""One exchange as it happened, and what makes two of them the same interaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from simulator.contract.body import MISSING, Body
from simulator.contract.interaction import ProviderState, Values
from simulator.contract.reads import Reads


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


def key_of(seen: Seen) -> Key:
    """The interaction that an exchange belongs to."""
    fields: tuple[str, ...] = ()
    if seen.body.state == "present" and seen.body.is_json:
        value = _json(seen.body)
        fields = tuple(sorted(value)) if isinstance(value, dict) else ()
    states = tuple(state.name for state in seen.states)
    return Key(seen.method, seen.pattern, tuple(sorted(seen.query)), fields, seen.status, states)


def _json(body: Body) -> Any:
    try:
        return body.json
    except orjson.JSONDecodeError:
        return None
