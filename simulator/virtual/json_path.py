"""Where in a JSON body a stub looks: `amount`, `items[0].id`, `$.items[*].id`, `$..id`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_PART = re.compile(r"\.\.(\w[\w-]*)|\.?(\w[\w-]*)|\[(\d+|\*|'[^']*'|\"[^\"]*\")\]")
Step = tuple[str, str | int]


def parse_path(text: str) -> tuple[Step, ...]:
    """The steps of a path.

    Raises:
        ValueError: the path uses what is not understood here (filters, slices, functions).
    """
    rest, steps = text.removeprefix("$"), []
    while rest:
        part = _PART.match(rest)
        if part is None:
            raise ValueError(f"the JSON path {text!r} is not understood from {rest!r} on")
        deep, name, inside = part.groups()
        steps.append(_step(deep, name, inside))
        rest = rest[part.end() :]
    return tuple(steps)


def values_at(steps: tuple[Step, ...], value: Any) -> list[Any]:
    """All values that the path leads to, in order."""
    found = [value]
    for step in steps:
        found = [inner for each in found for inner in _inside(step, each)]
    return found


def _step(deep: str | None, name: str | None, inside: str | None) -> Step:
    if deep:
        return "deep", deep
    if name:
        return "key", name
    assert inside is not None
    if inside == "*":
        return "each", "*"
    return ("key", inside[1:-1]) if inside[0] in "'\"" else ("at", int(inside))


def _inside(step: Step, value: Any) -> Iterator[Any]:
    how, name = step
    if how == "key":
        if isinstance(value, dict) and name in value:
            yield value[name]
    elif isinstance(name, int):
        if isinstance(value, list) and name < len(value):
            yield value[name]
    elif how == "each":
        yield from value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    else:
        yield from _anywhere(name, value)


def _anywhere(name: str, value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == name:
                yield inner
            yield from _anywhere(name, inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _anywhere(name, inner)
