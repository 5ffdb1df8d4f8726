"""How two values differ, one line a place."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from typing import Any

MOST_LINES = 30
_LONG = 60


def differences(expected: Any, actual: Any, tolerance: float = 0.0) -> list[str]:
    """Every place at which two values differ; empty when they do not.

    Args:
        expected: what ought to be.
        actual: what is; dataclasses and pydantic models count as mappings when a mapping is expected.
        tolerance: so far may numbers lie apart, as a share of the expected one or absolutely, whichever is more.
    """
    found = list(_at("", expected, actual, tolerance))
    return found if len(found) <= MOST_LINES else [*found[:MOST_LINES], f"… and {len(found) - MOST_LINES} more places"]


def _at(place: str, expected: Any, actual: Any, tolerance: float) -> Iterator[str]:
    actual = _like(expected, actual)
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        yield from _in_mappings(place, expected, actual, tolerance)
    elif _is_list(expected) and _is_list(actual):
        yield from _in_lists(place, expected, actual, tolerance)
    elif _is_number(expected) and _is_number(actual):
        if abs(expected - actual) > tolerance * max(1.0, abs(expected)):
            yield f"{place or 'result'}: {actual!r} instead of {expected!r}"
    elif isinstance(expected, str) and isinstance(actual, str) and expected != actual and _is_long(expected, actual):
        lines = difflib.unified_diff(expected.splitlines(), actual.splitlines(), "expected", "actual", lineterm="")
        yield f"{place or 'result'}:\n" + "\n".join(lines)
    elif not _same(expected, actual):
        yield f"{place or 'result'}: {actual!r} instead of {expected!r}"


def _in_mappings(place: str, expected: Mapping[Any, Any], actual: Mapping[Any, Any], tolerance: float) -> Iterator[str]:
    for key, value in expected.items():
        inner = f"{place}.{key}" if place else str(key)
        if key in actual:
            yield from _at(inner, value, actual[key], tolerance)
        else:
            yield f"{inner}: missing, {value!r} was expected"
    for key in actual:
        if key not in expected:
            yield f"{f'{place}.{key}' if place else key}: {actual[key]!r} was not expected"


def _in_lists(place: str, expected: Sequence[Any], actual: Sequence[Any], tolerance: float) -> Iterator[str]:
    for at in range(max(len(expected), len(actual))):
        inner = f"{place}[{at}]"
        if at >= len(actual):
            yield f"{inner}: missing, {expected[at]!r} was expected"
        elif at >= len(expected):
            yield f"{inner}: {actual[at]!r} was not expected"
        else:
            yield from _at(inner, expected[at], actual[at], tolerance)


def _like(expected: Any, actual: Any) -> Any:
    if isinstance(expected, Mapping):
        if is_dataclass(actual) and not isinstance(actual, type):
            return asdict(actual)
        if hasattr(actual, "model_dump"):
            return actual.model_dump()
    return actual


def _same(expected: Any, actual: Any) -> bool:
    if isinstance(expected, bool) != isinstance(actual, bool):
        return False
    return bool(expected == actual)


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_long(*texts: str) -> bool:
    return any("\n" in text or len(text) > _LONG for text in texts)
