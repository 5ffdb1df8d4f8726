"""The pieces that schemas are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Schema = dict[str, Any]

_VARIABLE = r"\$\{[A-Za-z_]\w*(:-[^}]*)?\}"
_NUMBER = r"[0-9]+(\.[0-9]+)?"

ANY: Schema = {}
TEXT: Schema = {"type": ["string", "number", "boolean"]}
"""A scalar; YAML reads `5` and `true` as no text, we do."""


def written(pattern: str, like: str) -> Schema:
    """Text of a certain form, or with a variable of the environment in it.

    Args:
        pattern: of all of the text.
        like: an example, for the editor's message.
    """
    told = {"description": f"such as `{like}`", "type": ["string", "number"]}
    return {**told, "pattern": rf"^\s*({pattern})\s*$|{_VARIABLE}"}


DURATION = {**written(rf"0|({_NUMBER}\s*(µs|us|ms|s|m|min|h|d)\s*)+", "90s"), "type": "string"}
RATE = {**written(rf"{_NUMBER}\s*/\s*(s|m|min|h)", "20/s"), "type": "string"}
RATE_OR_RAMP = {**written(rf"{_NUMBER}\s*/\s*[a-z]+(\s+to\s+{_NUMBER}\s*/\s*[a-z]+)?", "5/s to 20/s"), "type": "string"}
SIZE = {**written(rf"{_NUMBER}\s*[A-Za-z]+(/s)?", "10 MB"), "type": "string"}
SHARE = written(rf"{_NUMBER}\s*%?", "5%")
WHOLE: Schema = {"anyOf": [{"type": "integer"}, written(r"-?[0-9]+", "8")]}
NUMBER: Schema = {"anyOf": [{"type": "number"}, written(rf"-?{_NUMBER}", "0.5")]}
FLAG: Schema = {"anyOf": [{"type": "boolean"}, {"type": "string", "pattern": _VARIABLE}]}


def choice(words: Iterable[str]) -> Schema:
    """One of these words."""
    return {"anyOf": [{"enum": list(words)}, {"type": "string", "pattern": _VARIABLE}]}


def one_or_more(item: Schema) -> Schema:
    """A value, or a list of such."""
    return {"anyOf": [item, {"type": "array", "items": item}]}


def listed(item: Schema) -> Schema:
    """A list."""
    return {"type": "array", "items": item}


def named(value: Schema) -> Schema:
    """A mapping from names to values of one shape."""
    return {"type": "object", "additionalProperties": value}


def mapping(keys: Iterable[str], values: Mapping[str, Schema], required: Iterable[str] = ()) -> Schema:
    """A mapping with these keys and no others.

    Args:
        keys: those that the reader knows.
        values: key → the shape of its value.
        required: keys that must be there.

    Raises:
        ValueError: the reader knows other keys than have a shape.
    """
    known = list(dict.fromkeys(keys))
    if set(known) != set(values):
        raise ValueError(f"the reader and the schema differ about {sorted(set(known) ^ set(values))}")
    made = {"type": "object", "properties": {key: _or_nothing(values[key]) for key in known}}
    return {**made, "additionalProperties": False, **({"required": list(required)} if required else {})}


def _or_nothing(value: Schema) -> Schema:
    """A key whose value is left empty is as if it were not there."""
    return value if value == ANY else {"anyOf": [value, {"type": "null"}]}


def document(title: str, value: Schema) -> Schema:
    """A whole file's schema."""
    return {"$schema": "http://json-schema.org/draft-07/schema#", "title": title, **value}
