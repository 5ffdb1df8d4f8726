"""Values that fit the schemas of an OpenAPI description: its own examples where it has some."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.contract.openapi.description import resolved

MOST_DEPTH = 8


def example_of(media: Mapping[str, Any], document: Mapping[str, Any]) -> Any:
    """The example of a media type, or a value made from its schema."""
    if "example" in media:
        return media["example"]
    for example in (media.get("examples") or {}).values():
        return resolved(example, document).get("value")
    return of_schema(media.get("schema") or {}, document, 0)


def of_schema(given: Any, document: Mapping[str, Any], depth: int) -> Any:
    """A value that fits a schema; where it goes on for ever, it ends with nothing."""
    schema = resolved(given, document) if isinstance(given, dict) else {}
    for word in ("example", "const", "default"):
        if word in schema:
            return schema[word]
    for word in ("examples", "enum"):
        if schema.get(word):
            return schema[word][0]
    if depth > MOST_DEPTH:
        return None
    for word in ("oneOf", "anyOf"):
        if schema.get(word):
            return of_schema(schema[word][0], document, depth + 1)
    if schema.get("allOf"):
        parts = [of_schema(part, document, depth + 1) for part in schema["allOf"]]
        return {key: value for part in parts if isinstance(part, dict) for key, value in part.items()}
    return _of_type(schema, document, depth)


def _of_type(schema: Mapping[str, Any], document: Mapping[str, Any], depth: int) -> Any:
    kind = schema.get("type")
    kind = next((each for each in kind if each != "null"), None) if isinstance(kind, list) else kind
    if kind == "object" or "properties" in schema:
        properties = schema.get("properties") or {}
        return {name: of_schema(inner, document, depth + 1) for name, inner in properties.items()}
    if kind == "array":
        return [of_schema(schema.get("items") or {}, document, depth + 1)] * max(1, int(schema.get("minItems") or 1))
    if kind in ("integer", "number"):
        return schema.get("minimum", 1)
    if kind == "boolean":
        return True
    if kind == "string":
        return _FORMATS.get(str(schema.get("format")), "text").ljust(int(schema.get("minLength") or 0), "x")
    return None


_FORMATS = {
    "date-time": "2024-01-01T00:00:00Z", "date": "2024-01-01", "uuid": "3fa85f64-5717-4562-b3fc-2c963f66afa6",
    "email": "someone@example.com", "uri": "https://example.com/",
}  # fmt: skip
