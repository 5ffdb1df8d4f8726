"""What a value must be like for a stub to fit, in a form that can also be said to a reader."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from simulator.node import Node
from simulator.virtual.schema import check_schema, first_violation

MISSING = object()
"""The value of a field that is not there."""


@dataclass(frozen=True)
class Rule:
    r"""One demand on a value.

    Attributes:
        text: in words: `equals 5`, `matches \\d+`.
        fits: whether a value meets it; gets `MISSING` for a field that is not there.
    """

    text: str
    fits: Callable[[Any], bool]


def read_rule(node: Node) -> Rule:
    """A rule from a stub file: a plain value, or a mapping of demands that must all be met."""
    if node.kind != "mapping":
        return _same(node)
    rules = [_RULES[name](value) for name, value in node.mapping(tuple(_RULES)).items() if name in _RULES]
    return rules[0] if len(rules) == 1 else all_of(rules)


def is_rule_name(name: str) -> bool:
    """Whether a key of a mapping is a demand."""
    return name in _RULES


def is_rule(node: Node) -> bool:
    """Whether a mapping is made of demands, and not of fields."""
    return node.kind == "mapping" and bool(node.entries) and all(key in _RULES for key in node.entries)


def equals(wanted: Any) -> Rule:
    """The value reads the same: `5` and `"5"` are equal, `true` and `"true"` too."""
    shown = shown_as(wanted)
    return Rule(f"equals {shown!r}", lambda value: value is not MISSING and shown_as(value) == shown)


def all_of(rules: list[Rule]) -> Rule:
    """All of them."""
    return Rule(" and ".join(rule.text for rule in rules), lambda value: all(rule.fits(value) for rule in rules))


def shown_as(value: Any) -> str:
    """A JSON value as it is written, texts without their quotes."""
    if isinstance(value, str):
        return value
    if value is None or value is MISSING:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def _equal_list(node: Node) -> Rule:
    wanted = node.plain()
    shown = _deep(wanted)
    return Rule(f"equals {wanted!r}", lambda value: value is not MISSING and _deep(value) == shown)


def _deep(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _deep(inner) for key, inner in value.items()}
    return [_deep(inner) for inner in value] if isinstance(value, list) else shown_as(value)


def _matches(node: Node) -> Rule:
    pattern = node.parsed(_pattern, re.compile(""))
    return Rule(f"matches {pattern.pattern}", lambda value: value is not MISSING and bool(pattern.search(_text(value))))


def _does_not_match(node: Node) -> Rule:
    pattern = node.parsed(_pattern, re.compile(""))
    return Rule(f"does not match {pattern.pattern}",
                lambda value: value is MISSING or not pattern.search(_text(value)))  # fmt: skip


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is no regular expression: {error}") from error


def _contains(node: Node) -> Rule:
    part = node.text()
    return Rule(f"contains {part!r}", lambda value: value is not MISSING and part in _text(value))


def _starts_with(node: Node) -> Rule:
    part = node.text()
    return Rule(f"starts with {part!r}", lambda value: value is not MISSING and _text(value).startswith(part))


def _one_of(node: Node) -> Rule:
    words = [child.raw for child in node.items()]
    return Rule(f"is one of {', '.join(words)}", lambda value: value is not MISSING and shown_as(value) in words)


def _equal_case_blind(node: Node) -> Rule:
    wanted = node.text().lower()
    return Rule(f"equals {wanted!r} in any case", lambda value: value is not MISSING and _text(value).lower() == wanted)


def _at_least(node: Node) -> Rule:
    least = node.number()
    return Rule(f"is at least {least:g}", lambda value: _number(value) >= least)


def _at_most(node: Node) -> Rule:
    most = node.number()
    return Rule(f"is at most {most:g}", lambda value: _number(value) <= most)


def _absent(node: Node) -> Rule:
    wanted = node.boolean(True)
    return Rule("is absent" if wanted else "is there", lambda value: (value is MISSING) == wanted)


def _present(node: Node) -> Rule:
    wanted = node.boolean(True)
    return Rule("is there" if wanted else "is absent", lambda value: (value is not MISSING) == wanted)


_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "text": lambda value: isinstance(value, str),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "list": lambda value: isinstance(value, list),
    "mapping": lambda value: isinstance(value, dict),
    "nothing": lambda value: value is None,
}


def _type(node: Node) -> Rule:
    name = node.choice(tuple(_TYPES), "text")
    return Rule(f"is of type {name}", _TYPES[name])


def _schema(node: Node) -> Rule:
    schema = node.plain()
    for message in check_schema(schema):
        node.problem(message)
    return Rule("fits its schema", lambda value: value is not MISSING and first_violation(schema, value) is None)


def _same(node: Node) -> Rule:
    return (
        _equal_list(node) if node.kind in ("list", "mapping") else equals(node.text() if node.kind == "text" else None)
    )


def _text(value: Any) -> str:
    return shown_as(value)


def _number(value: Any) -> float:
    if isinstance(value, bool) or value is MISSING:
        return math.nan
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


_RULES: Mapping[str, Callable[[Node], Rule]] = {
    "equals": _same,
    "equals_ignoring_case": _equal_case_blind,
    "matches": _matches,
    "does_not_match": _does_not_match,
    "contains": _contains,
    "starts_with": _starts_with,
    "one_of": _one_of,
    "at_least": _at_least,
    "at_most": _at_most,
    "absent": _absent,
    "present": _present,
    "type": _type,
    "schema": _schema,
}
