"""The part of JSON Schema that stubs need: enough to tell one request from another, in a few microseconds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

KNOWN = frozenset({
    "type", "required", "properties", "items", "enum", "const", "minimum", "maximum", "minLength", "maxLength",
    "pattern", "minItems", "maxItems", "additionalProperties", "title", "description", "format", "example",
})  # fmt: skip
_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,), "array": (list,), "string": (str,), "integer": (int,), "number": (int, float),
    "boolean": (bool,), "null": (type(None),),
}  # fmt: skip


def check_schema(schema: Any) -> Iterator[str]:
    """What of a schema is not understood here; numbers may be texts, as YAML gives them."""
    if not isinstance(schema, dict):
        yield "a schema is a mapping"
        return
    for word in schema:
        if word not in KNOWN:
            yield f"the schema's {word!r} is not understood"
    for inner in [*(schema.get("properties") or {}).values(), *([schema["items"]] if "items" in schema else [])]:
        yield from check_schema(inner)


def first_violation(schema: dict[str, Any], value: Any, at: str = "$") -> str | None:
    """Where and how a value breaks the schema, or `None`."""
    return next(_violations(schema, value, at), None)


def _violations(schema: dict[str, Any], value: Any, at: str) -> Iterator[str]:
    wanted = schema.get("type")
    if wanted is not None and not any(_is(value, name) for name in (wanted if isinstance(wanted, list) else [wanted])):
        yield f"{at} is not of type {wanted}"
        return
    if "enum" in schema and _shown(value) not in [_shown(each) for each in schema["enum"]]:
        yield f"{at} is none of {schema['enum']}"
    if "const" in schema and _shown(value) != _shown(schema["const"]):
        yield f"{at} is not {schema['const']}"
    if isinstance(value, dict):
        yield from _of_object(schema, value, at)
    elif isinstance(value, list):
        yield from _bounds(schema, len(value), "minItems", "maxItems", at)
        for number, item in enumerate(value if "items" in schema else ()):
            yield from _violations(schema["items"], item, f"{at}[{number}]")
    elif isinstance(value, str):
        yield from _bounds(schema, len(value), "minLength", "maxLength", at)
        if "pattern" in schema and not re.search(schema["pattern"], value):
            yield f"{at} does not match {schema['pattern']}"
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _bounds(schema, value, "minimum", "maximum", at)


def _of_object(schema: dict[str, Any], value: dict[str, Any], at: str) -> Iterator[str]:
    properties = schema.get("properties") or {}
    for name in schema.get("required") or ():
        if name not in value:
            yield f"{at}.{name} is missing"
    for name, inner in properties.items():
        if name in value:
            yield from _violations(inner, value[name], f"{at}.{name}")
    if _shown(schema.get("additionalProperties")) == "false":
        for name in value.keys() - properties.keys():
            yield f"{at}.{name} is not allowed"


def _bounds(schema: dict[str, Any], value: float, least: str, most: str, at: str) -> Iterator[str]:
    if least in schema and value < float(schema[least]):
        yield f"{at} is below {schema[least]}"
    if most in schema and value > float(schema[most]):
        yield f"{at} is above {schema[most]}"


def _is(value: Any, name: str) -> bool:
    if isinstance(value, bool) and name != "boolean":
        return False
    if name == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _TYPES.get(name, ()))


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
