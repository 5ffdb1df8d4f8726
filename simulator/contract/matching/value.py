"""One value against its example, by the matchers of the Pact specification."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from simulator.contract.matching.mismatch import told
from simulator.contract.matching.moment import moment_pattern
from simulator.contract.matching.rules import Matcher, RuleList

Complaint = str
_INTEGER = re.compile(r"[+-]?\d+")
_DECIMAL = re.compile(r"[+-]?\d+\.\d+(?:[eE][+-]?\d+)?")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_WRITTEN = {"integer": _INTEGER, "decimal": _DECIMAL, "number": _NUMBER}
_NUMBERS = {"integer": "a whole number", "decimal": "a number with decimals", "number": "a number"}
_SEMVER = re.compile(r"\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?")
_STATUS = {
    "information": range(100, 200), "success": range(200, 300), "redirect": range(300, 400),
    "clientError": range(400, 500), "serverError": range(500, 600), "nonError": range(100, 400),
    "error": range(400, 600),
}  # fmt: skip


def complaints(rules: RuleList, expected: Any, actual: Any, *, textual: bool = False) -> list[Complaint]:
    """In words, what is wrong with a value; empty when it keeps the rules.

    Args:
        rules: what decides; without any the value must equal its example.
        expected: the example.
        actual: what came.
        textual: it comes from where everything is text (headers, queries, XML), so that digits are a number.
    """
    if not rules:
        return list(_equality(Matcher("equality"), expected, actual, False))
    found = [list(_complain(matcher, expected, actual, rules.inherited, textual)) for matcher in rules.matchers]
    if rules.any_of and not all(found):
        return []
    return [complaint for each in found for complaint in each]


def same_kind(expected: Any, actual: Any) -> bool:
    """Whether two JSON values are of one type; all numbers are."""
    return kind_of(expected) == kind_of(actual)


def kind_of(value: Any) -> str:
    """What a JSON value is called."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if value is None:
        return "null"
    if isinstance(value, (str, bytes)):
        return "text"
    return "list" if isinstance(value, (list, tuple)) else "mapping"


def _complain(matcher: Matcher, expected: Any, actual: Any, inherited: bool, textual: bool) -> Iterator[Complaint]:
    check = _CHECKS.get(matcher.kind)
    if textual and matcher.kind in _WRITTEN:
        if not _WRITTEN[matcher.kind].fullmatch(str(actual)):
            yield f"expected {_NUMBERS[matcher.kind]}, found {told(actual)}"
    elif check is None:
        yield f"the matcher {matcher.kind!r} is not known"
    else:
        yield from check(matcher, expected, actual, inherited)


def _equality(matcher: Matcher, expected: Any, actual: Any, _: bool) -> Iterator[Complaint]:
    if (
        not same_kind(expected, actual)
        or expected != actual
        or isinstance(expected, float) != isinstance(actual, float)
    ):
        yield f"expected {told(expected)}, found {told(actual)}"


def _type(matcher: Matcher, expected: Any, actual: Any, inherited: bool) -> Iterator[Complaint]:
    if not same_kind(expected, actual):
        yield f"expected {_a(kind_of(expected))} (like {told(expected)}), found {_a(kind_of(actual))}: {told(actual)}"
    elif isinstance(actual, (list, dict)) and not inherited:
        yield from size_complaints(matcher, actual)


def size_complaints(matcher: Matcher, actual: Any) -> Iterator[Complaint]:
    """What is wrong with the number of a collection's elements."""
    least, most = matcher["min"], matcher["max"]
    if least is not None and len(actual) < least:
        yield f"expected at least {least} elements, found {len(actual)}"
    if most is not None and len(actual) > most:
        yield f"expected at most {most} elements, found {len(actual)}"


def _regex(matcher: Matcher, expected: Any, actual: Any, _: bool) -> Iterator[Complaint]:
    if isinstance(actual, (list, dict)):
        yield f"expected a text that matches {matcher['regex']}, found {told(actual)}"
    elif not _compiled(str(matcher["regex"])).fullmatch(as_text(actual)):
        yield f"expected a match of {matcher['regex']}, found {told(actual)}"


@lru_cache(maxsize=2000)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def as_text(value: Any) -> str:
    """A value as it is written, texts without their quotes."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else str(value)


def _numeric(kind: str, types: tuple[type, ...]) -> Callable[..., Iterator[Complaint]]:
    def check(matcher: Matcher, expected: Any, actual: Any, _: bool) -> Iterator[Complaint]:
        if not isinstance(actual, types) or isinstance(actual, bool):
            yield f"expected {_NUMBERS[kind]}, found {told(actual)}"

    return check


def _boolean(matcher: Matcher, expected: Any, actual: Any, _: bool) -> Iterator[Complaint]:
    if not (isinstance(actual, bool) or actual in ("true", "false")):
        yield f"expected true or false, found {told(actual)}"


def _null(matcher: Matcher, expected: Any, actual: Any, _: bool) -> Iterator[Complaint]:
    if actual is not None:
        yield f"expected null, found {told(actual)}"


def _include(matcher: Matcher, expected: Any, actual: Any, _: bool) -> Iterator[Complaint]:
    if as_text(matcher["value"]) not in as_text(actual):
        yield f"expected a text with {told(matcher['value'])} in it, found {told(actual)}"


def _moment(word: str, default: str) -> Callable[..., Iterator[Complaint]]:
    def check(matcher: Matcher, expected: Any, actual: Any, _: bool) -> Iterator[Complaint]:
        form = matcher["format"] or matcher["timestamp"] or matcher[matcher.kind] or default
        if not isinstance(actual, str) or not moment_pattern(form).fullmatch(actual):
            yield f"expected {word} of the form {form}, found {told(actual)}"

    return check


def _not_empty(matcher: Matcher, expected: Any, actual: Any, _: bool) -> Iterator[Complaint]:
    if actual is None or (isinstance(actual, (str, bytes, list, dict)) and not actual):
        yield "expected something, found nothing"


def _semver(matcher: Matcher, expected: Any, actual: Any, _: bool) -> Iterator[Complaint]:
    if not _SEMVER.fullmatch(as_text(actual)):
        yield f"expected a semantic version, found {told(actual)}"


def status_fits(matcher: Matcher, actual: int) -> bool:
    """Whether a status is one of those that a `statusCode` matcher allows."""
    wanted = matcher["status"]
    return actual in wanted if isinstance(wanted, list) else actual in _STATUS.get(str(wanted), range(0))


def _status(matcher: Matcher, expected: Any, actual: Any, _: bool) -> Iterator[Complaint]:
    if not status_fits(matcher, actual):
        yield f"expected {matcher['status']}, found {actual}"


def _nothing(matcher: Matcher, expected: Any, actual: Any, _: bool) -> Iterator[Complaint]:
    """What a collection asks of its elements is looked at where they are."""
    return iter(())


def _a(kind: str) -> str:
    return {"null": "null", "text": "text"}.get(kind, f"a {kind}")


_CHECKS: Mapping[str, Callable[[Matcher, Any, Any, bool], Iterator[Complaint]]] = {
    "equality": _equality,
    "type": _type,
    "regex": _regex,
    "integer": _numeric("integer", (int,)),
    "decimal": _numeric("decimal", (float,)),
    "number": _numeric("number", (int, float)),
    "boolean": _boolean,
    "null": _null,
    "include": _include,
    "date": _moment("a date", "yyyy-MM-dd"),
    "time": _moment("a time", "HH:mm:ss"),
    "datetime": _moment("a moment", "yyyy-MM-dd'T'HH:mm:ss"),
    "notEmpty": _not_empty,
    "semver": _semver,
    "statusCode": _status,
    "values": _nothing,
    "eachKey": _nothing,
    "eachValue": _nothing,
    "arrayContains": _nothing,
    "contentType": _nothing,
}
KINDS = tuple(_CHECKS)
"""Every matcher that is known."""
