"""A case: what a pipeline is given, and what must come of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson

from simulator.errors import UsageError
from simulator.journey.component.difference import differences
from simulator.journey.component.pipeline import Passage

ANY: Any = type("_Any", (), {"__repr__": lambda self: "anything"})()
"""Stands for "nothing is expected of the value itself"."""


@dataclass(frozen=True)
class Case:
    """One case.

    Attributes:
        name: unique among the cases of a pipeline.
        input: what the first component is given.
        arguments: by name for the first component, instead of `input`.
        expect: the result, compared by its value.
        tolerance: so far may numbers of the result lie apart.
        schema: a JSON Schema that the result must fit; `None` for none.
        check: is given the result; `False`, a text or an `AssertionError` says that it is wrong.
        raises: what must be raised, `ValueError` or `ValueError: no such country`; empty text for nothing.
        mocks: targets and how they are doubled, as `simulator.journey.component.double` reads it.
        weight: how often under load, against the other cases.
        file: where it is written.
        line: where it is written; 0 when it came from elsewhere.
    """

    name: str
    input: Any = None
    arguments: Mapping[str, Any] | None = None
    expect: Any = ANY
    tolerance: float = 0.0
    schema: Mapping[str, Any] | None = None
    check: Callable[[Any], Any] | None = None
    raises: str = ""
    mocks: Mapping[str, Any] = field(default_factory=dict)
    weight: int = 1
    file: str = ""
    line: int = 0


def case(name: str, input: Any = None, **more: Any) -> Case:
    """A case written in Python; see `Case` for what it may say."""
    return Case(name, input, **more)


def wrong_with(case: Case, passage: Passage) -> str | None:
    """What is wrong with what came of a case, in readable lines; `None` when nothing is."""
    found = list(passage.problems)
    if case.raises:
        found += _not_raised(case.raises, passage.error)
    elif passage.error is None:
        if case.expect is not ANY:
            found += differences(case.expect, passage.result, case.tolerance)
        if case.schema is not None:
            found += _unlike(case.schema, passage.result)
        if case.check is not None:
            found += _checked(case.check, passage.result)
    return "\n".join(found) or None


def _not_raised(expected: str, error: Exception | None) -> list[str]:
    name, _, message = expected.partition(":")
    if error is None:
        return [f"{expected} was expected, nothing was raised"]
    names = {cls.__name__ for cls in type(error).__mro__} | {
        f"{c.__module__}.{c.__name__}" for c in type(error).__mro__
    }
    if name.strip() not in names:
        return [f"{expected} was expected, {type(error).__name__}: {error} was raised"]
    if message.strip() and not re.search(re.escape(message.strip()), str(error)):
        return [f"{expected} was expected, it says {error}"]
    return []


def _unlike(schema: Mapping[str, Any], result: Any) -> list[str]:
    validator = _validator(orjson.dumps(schema))
    plain = orjson.loads(orjson.dumps(result, default=_plain))
    return [f"{'.'.join(map(str, e.instance_path)) or 'result'}: {e.message}" for e in validator.iter_errors(plain)]


@lru_cache(maxsize=256)
def _validator(schema: bytes) -> Any:
    import jsonschema_rs

    try:
        return jsonschema_rs.validator_for(orjson.loads(schema))
    except ValueError as error:
        raise UsageError(f"this is no JSON Schema: {error}") from error


def _plain(value: Any) -> Any:
    return value.model_dump() if hasattr(value, "model_dump") else str(value)


def _checked(check: Callable[[Any], Any], result: Any) -> list[str]:
    try:
        said = check(result)
    except AssertionError as error:
        return [str(error) or f"{getattr(check, '__name__', 'the check')} does not hold"]
    if said is False:
        return [f"{getattr(check, '__name__', 'the check')} says that {result!r} is wrong"]
    return [said] if isinstance(said, str) and said else []
