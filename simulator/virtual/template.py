"""Answers that depend on the request: `{request.path.id}`, `{request.json.amount}`, `{random.uuid}`, `{now}`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID

from simulator.errors import did_you_mean
from simulator.virtual.json_path import parse_path, values_at
from simulator.virtual.request import Request
from simulator.virtual.rule import shown_as

PLACE = re.compile(r"\{((?:request|random|now|count|data)\b[^{}\n]*)\}")
Rows = Mapping[str, tuple[Mapping[str, str], ...]]
"""Table → its rows, column → value."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What an answer can refer to.

    Attributes:
        request: the request.
        variables: of its path.
        count: how often this stub has answered this user, this time included.
        random: where chance comes from.
    """

    request: Request
    variables: Mapping[str, str]
    count: int
    random: Random


Value = Callable[[Scene], Any]


def compile_text(text: str, rows: Rows) -> str | Value:
    """The text itself when it names nothing, else what makes it; a text that is one place keeps the value's type.

    Raises:
        ValueError: a place stands for nothing.
    """
    pieces = PLACE.split(text)
    if len(pieces) == 1:
        return text
    values = [compile_place(place, rows) for place in pieces[1::2]]
    if len(values) == 1 and not pieces[0] and not pieces[2]:
        return values[0]
    fixed = pieces[0::2]

    def filled(scene: Scene) -> str:
        parts = [fixed[0]]
        for value, after in zip(values, fixed[1:], strict=True):
            parts += (shown_as(value(scene)), after)
        return "".join(parts)

    return filled


def compile_tree(value: Any, rows: Rows) -> Any | Value:
    """The same for a whole JSON value: itself when nothing in it varies."""
    if isinstance(value, str):
        return compile_text(value, rows)
    if isinstance(value, dict):
        made = {key: compile_tree(inner, rows) for key, inner in value.items()}
        if not any(callable(inner) for inner in made.values()):
            return value
        return lambda scene: {key: inner(scene) if callable(inner) else inner for key, inner in made.items()}
    if isinstance(value, list):
        parts = [compile_tree(inner, rows) for inner in value]
        if not any(callable(inner) for inner in parts):
            return value
        return lambda scene: [inner(scene) if callable(inner) else inner for inner in parts]
    return value


def compile_place(place: str, rows: Rows) -> Value:
    """What one place stands for.

    Raises:
        ValueError: nothing.
    """
    head, _, rest = place.partition(".")
    if head == "request":
        return _of_request(place, rest)
    if head == "data":
        return _of_data(place, rest, rows)
    words = place.split()
    made = _OTHERS.get(words[0] if words else "")
    if made is None:
        raise _nothing(place, [*_OTHERS, "request.path.…", "request.json.…"])
    return made(words[1:])


def _of_request(place: str, rest: str) -> Value:
    part, _, name = rest.partition(".")
    if part == "path":
        return (lambda scene: scene.variables.get(name, "")) if name else lambda scene: scene.request.path
    if part == "json" or part.startswith("json["):
        steps = parse_path(rest.removeprefix("json").removeprefix("."))
        return lambda scene: next(iter(values_at(steps, scene.request.json)), None)
    if part == "query" and name:
        return lambda scene: scene.request.query.get(name, "")
    if part == "header" and name:
        return lambda scene: scene.request.headers.get(name.lower(), "")
    simple = _PARTS.get(part) if not name else None
    if simple is None:
        raise _nothing(place, [f"request.{known}" for known in ("path", "json", "query", "header", *_PARTS)])
    return simple


def _of_data(place: str, rest: str, rows: Rows) -> Value:
    table, _, column = rest.partition(".")
    if table not in rows or not rows[table] or column not in rows[table][0]:
        known = [f"data.{name}.{column}" for name, table_rows in rows.items() if table_rows for column in table_rows[0]]
        raise _nothing(place, known)
    found = rows[table]
    return lambda scene: found[(scene.count - 1) % len(found)][column]


def _nothing(place: str, known: list[str]) -> ValueError:
    return ValueError(f"{{{place}}} stands for nothing here; {did_you_mean(place, known) or 'there is no data'}")


def _integer(words: list[str]) -> Value:
    low, high = (int(words[0]), int(words[1])) if len(words) == 2 else (0, 10**9)
    return lambda scene: scene.random.randint(low, high)


def _hex(words: list[str]) -> Value:
    digits = int(words[0]) if words else 16
    return lambda scene: f"{scene.random.getrandbits(4 * digits):0{digits}x}"


def _digits(words: list[str]) -> Value:
    digits = int(words[0]) if words else 8
    return lambda scene: "".join(scene.random.choices("0123456789", k=digits))


def _choice(words: list[str]) -> Value:
    return lambda scene: scene.random.choice(words)


def _uuid(words: list[str]) -> Value:
    return lambda scene: str(UUID(int=scene.random.getrandbits(128), version=4))


_PARTS: Mapping[str, Value] = {
    "method": lambda scene: scene.request.method,
    "target": lambda scene: scene.request.target,
    "body": lambda scene: scene.request.text,
    "user": lambda scene: scene.request.user,
}
_OTHERS: Mapping[str, Callable[[list[str]], Value]] = {
    "count": lambda words: lambda scene: scene.count,
    "random.uuid": _uuid,
    "random.integer": _integer,
    "random.hex": _hex,
    "random.digits": _digits,
    "random.choice": _choice,
    "now": lambda words: lambda scene: datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    "now.epoch": lambda words: lambda scene: int(datetime.now(UTC).timestamp()),
    "now.epoch_ms": lambda words: lambda scene: int(datetime.now(UTC).timestamp() * 1000),
}
