"""Validation that is quick enough for every answer: JSON Schema by `jsonschema-rs`, compiled once.

A body of a Pact file, an example with rules, becomes a schema too. Where a schema cannot say the same (a whole number
written as `1.0`), it is the more lenient one; whoever needs the exact words asks `simulator.contract.matching`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import jsonschema_rs

from simulator.contract.matching.moment import moment_pattern
from simulator.contract.matching.path import Place, shown
from simulator.contract.matching.rules import Matcher, RuleList, Rules
from simulator.contract.matching.value import kind_of

Schema = dict[str, Any]
_TYPES = {
    "text": "string",
    "number": "number",
    "boolean": "boolean",
    "null": "null",
    "list": "array",
    "mapping": "object",
}
_MOMENTS = {"date": "yyyy-MM-dd", "time": "HH:mm:ss", "datetime": "yyyy-MM-dd'T'HH:mm:ss"}
MOST_TOLD = 3


class Validator:
    """A compiled schema.

    Args:
        schema: the schema.
        draft: `2020-12`, or `4` for OpenAPI 3.0.

    Raises:
        ValueError: it is no schema.
    """

    def __init__(self, schema: Any, draft: str = "2020-12") -> None:
        kind = jsonschema_rs.Draft4Validator if draft == "4" else jsonschema_rs.Draft202012Validator
        self._validator: Any = kind(schema, validate_formats=False)
        self.keeps = self._validator.is_valid

    def complaints(self, value: Any) -> list[tuple[str, str]]:
        """Path and words of what is wrong with a value, the first few."""
        found = []
        for error in self._validator.iter_errors(value):
            place: Place = ("$", *("*" if isinstance(step, int) else str(step) for step in error.instance_path))
            text = (shown(place), _words(error.message))
            if text not in found:
                found.append(text)
            if len(found) == MOST_TOLD:
                break
        return found


def _words(message: str) -> str:
    """A message without the value that it begins with, however long that is."""
    match = re.search(r" (is (?:not|less|greater|a required|longer|shorter)|does not|has |was |are |is )", message)
    if match is None or match.start() < 40:
        return message[:200]
    return f"…{message[match.start() :][:160]}"


def schema_of(example: Any, rules: Rules, *, strict: bool = False) -> Schema:
    """The schema that an example with rules comes to.

    Args:
        example: the example.
        rules: how a value may differ from it.
        strict: a value has no fields beyond those of the example, as in requests.
    """
    schema = _of(("$",), example, rules)
    return _closed(schema) if strict else schema


def _closed(schema: Any) -> Any:
    """A schema whose mappings have no further fields."""
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict) or "const" in schema:
        return schema
    made = {key: _closed(inner) for key, inner in schema.items()}
    if "required" in made and made.get("properties"):
        made["additionalProperties"] = False
    return made


def _of(place: Place, example: Any, rules: Rules) -> Schema:
    here = rules.at(place)
    if isinstance(example, dict):
        return _or_other(_mapping(place, example, rules, here), here)
    if isinstance(example, list):
        return _or_other(_list(place, example, rules, here), here)
    if not here:
        return {"const": example}
    parts = [_leaf(matcher, example) for matcher in here.matchers]
    return parts[0] if len(parts) == 1 else {"anyOf" if here.any_of else "allOf": parts}


def _or_other(schema: Schema, here: RuleList) -> Schema:
    """A collection that may also be null."""
    return {"anyOf": [schema, {"type": "null"}]} if here.any_of and here.of("null") else schema


def _mapping(place: Place, example: dict[str, Any], rules: Rules, here: RuleList) -> Schema:
    first = next(iter(example.values()), None)
    each_key, each_value = here.of("eachKey"), here.of("eachValue")
    if each_key or each_value or here.of("values"):
        made: Schema = {"type": "object"}
        if each_value:
            made["additionalProperties"] = _every(each_value, first, place, rules)
        elif not each_key:
            made["additionalProperties"] = _of((*place, next(iter(example), "")), first, rules)
        if each_key:
            names = [_leaf(rule, "") for matcher in each_key for rule in matcher["rules"] or ()]
            made["propertyNames"] = {"allOf": names} if names else {}
        return made
    properties = {name: _of((*place, name), value, rules) for name, value in example.items()}
    return {"type": "object", "properties": properties, "required": list(example)} | _sizes(here, "Properties")


def _every(matchers: tuple[Matcher, ...], example: Any, place: Place, rules: Rules) -> Schema:
    if isinstance(example, (dict, list)):
        return {"type": _TYPES[kind_of(example)]}
    return {"allOf": [_leaf(rule, example) for matcher in matchers for rule in matcher["rules"] or ()]}


def _list(place: Place, example: list[Any], rules: Rules, here: RuleList) -> Schema:
    if variants := here.of("arrayContains"):
        wanted = [
            {"contains": _of(("$",), example[variant["index"]], variant["rules"] or Rules())}
            for matcher in variants for variant in matcher["variants"] or () if variant["index"] < len(example)
        ]  # fmt: skip
        return {"type": "array", "allOf": wanted} if wanted else {"type": "array"}
    if each := here.of("eachValue"):
        return {"type": "array", "items": _every(each, example[0] if example else None, place, rules)}
    if here.of("type"):
        items = {"items": _of((*place, "0"), example[0], rules)} if example else {}
        return {"type": "array"} | items | _sizes(here, "Items")
    listed = [_of((*place, str(at)), value, rules) for at, value in enumerate(example)]
    return (
        {"type": "array", "minItems": len(example)}
        | ({"prefixItems": listed} if listed else {})
        | ({} if here else {"maxItems": len(example)})
    )


def _sizes(here: RuleList, of: str) -> Schema:
    if here.inherited:
        return {}
    found: Schema = {}
    for matcher in here.of("type"):
        found |= {f"{word}{of}": matcher[word] for word in ("min", "max") if matcher[word] is not None}
    return found


def _leaf(matcher: Matcher, example: Any) -> Schema:
    kind = matcher.kind
    if kind == "equality":
        return {"const": example}
    if kind == "type":
        return {"type": _TYPES[kind_of(example)]}
    if kind in ("integer", "decimal", "number"):
        return {"type": "integer" if kind == "integer" else "number"}
    if kind == "boolean":
        return {"enum": [True, False, "true", "false"]}
    if kind == "null":
        return {"type": "null"}
    if kind == "notEmpty":
        return {"not": {"enum": [None, "", [], {}]}}
    if kind == "regex":
        return _matching(str(matcher["regex"]))
    if kind == "include":
        return {"type": "string", "pattern": re.escape(str(matcher["value"]))}
    if kind in _MOMENTS:
        form = matcher["format"] or matcher["timestamp"] or matcher[kind] or _MOMENTS[kind]
        return {"type": "string", "pattern": _whole(moment_pattern(form).pattern)}
    if kind == "semver":
        return {"type": "string", "pattern": r"^\d+\.\d+\.\d+"}
    return {}


def _matching(pattern: str) -> Schema:
    """A text that matches, or a value that does as it is written; of numbers that is left open."""
    written = [
        value for value, text in ((None, "null"), (True, "true"), (False, "false")) if re.fullmatch(pattern, text)
    ]
    text = {"type": "string", "pattern": _whole(pattern)}
    return {"anyOf": [text, {"type": "number"}, *([{"enum": written}] if written else [])]}


def _whole(pattern: str) -> str:
    return f"^(?:{pattern})$"


def with_components(schema: Any, document: Mapping[str, Any]) -> Any:
    """A schema of an OpenAPI description, in which `#/components/…` leads where it leads there."""
    if not isinstance(schema, dict):
        return schema
    return {**schema, "components": document.get("components", {})} if "$ref" not in schema else {
        "allOf": [schema], "components": document.get("components", {})
    }  # fmt: skip
