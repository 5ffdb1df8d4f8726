"""Whole requests, answers and messages against what a contract expects of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

from simulator.contract.body import Body, guessed
from simulator.contract.interaction import Message, Request, Response, Values
from simulator.contract.matching.json_body import json_mismatches
from simulator.contract.matching.mismatch import Mismatch, told
from simulator.contract.matching.path import Place
from simulator.contract.matching.rules import RuleList, Rules
from simulator.contract.matching.value import as_text, complaints, size_complaints, status_fits
from simulator.contract.matching.xml_body import xml_mismatches

_PARAMETRIC = frozenset({"accept", "content-type"})
_SINGLE = frozenset({"date", "expires", "last-modified", "if-modified-since", "if-unmodified-since", "set-cookie",
                     "cookie", "user-agent", "location"})  # fmt: skip
_COMMA = re.compile(r",(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)")


def request_mismatches(expected: Request, actual: Request) -> list[Mismatch]:
    """Where a request differs from the one that a contract expects."""
    found = []
    if expected.method.upper() != actual.method.upper():
        found.append(Mismatch("method", f"expected {expected.method.upper()}, found {actual.method.upper()}"))
    found += [Mismatch("path", text) for text in complaints(expected.path_rules.at(("$",)), expected.path, actual.path)]
    found += query_mismatches(expected.query, actual.query, expected.query_rules)
    found += header_mismatches(expected.headers, actual.headers, expected.header_rules)
    return found + body_mismatches(expected.body, actual.body, expected.body_rules, strict=True)


def response_mismatches(expected: Response, actual: Response) -> list[Mismatch]:
    """Where an answer differs from the one that a contract expects; what it has beyond that is its own business."""
    found = []
    rules = expected.status_rules.at(("$",)).of("statusCode")
    fits = all(status_fits(matcher, actual.status) for matcher in rules) if rules else actual.status == expected.status
    if not fits:
        wanted = rules[0]["status"] if rules else expected.status
        found.append(Mismatch("status", f"expected {wanted}, found {actual.status}"))
    found += header_mismatches(expected.headers, actual.headers, expected.header_rules)
    return found + body_mismatches(expected.body, actual.body, expected.body_rules, strict=False)


def message_mismatches(expected: Message, actual: Message) -> list[Mismatch]:
    """Where a message differs from the one that a contract expects."""
    found = []
    for key, value in expected.metadata.items():
        if key.lower() == "contenttype":
            continue  # the body's comparison says it better
        if key not in actual.metadata:
            found.append(Mismatch(f"metadata.{key}", f"expected {told(value)}, but it is missing"))
            continue
        rules = expected.metadata_rules.at(("$", key))
        found += [Mismatch(f"metadata.{key}", text) for text in complaints(rules, value, actual.metadata[key])]
    return found + body_mismatches(expected.contents, actual.contents, expected.contents_rules, strict=False)


def query_mismatches(expected: Values, actual: Values, rules: Rules) -> list[Mismatch]:
    """Where a query differs; parameters that are not expected are differences."""
    found = []
    for name, wanted in expected.items():
        if name not in actual:
            found.append(Mismatch(f"query.{name}", f"expected {_listed(wanted)}, but it is missing"))
        else:
            found += [Mismatch(f"query.{name}", text) for text in _values(("$", name), wanted, actual[name], rules)]
    return found + [
        Mismatch(f"query.{name}", f"unexpected: {_listed(values)}")
        for name, values in actual.items()
        if name not in expected
    ]


def header_mismatches(expected: Values, actual: Values, rules: Rules) -> list[Mismatch]:
    """Where header fields differ; fields beyond those expected are fine, names are alike in any case."""
    came = {name.lower(): values for name, values in actual.items()}
    found = []
    for name, wanted in expected.items():
        if name.lower() not in came:
            found.append(Mismatch(f"header.{name}", f"expected {_listed(wanted)}, but it is missing"))
            continue
        place = _header_place(name, rules)
        given = came[name.lower()]
        if rules.at(place) or name.lower() not in _PARAMETRIC:
            texts = list(_values(place, _split(name, wanted), _split(name, given), rules))
        else:
            texts = [] if _same_media(", ".join(wanted), ", ".join(given)) else [
                f"expected {_listed(wanted)}, found {_listed(given)}"
            ]  # fmt: skip
        found += [Mismatch(f"header.{name}", text) for text in texts]
    return found


def body_mismatches(expected: Body, actual: Body, rules: Rules, *, strict: bool) -> list[Mismatch]:
    """Where a body differs.

    Args:
        expected: the example.
        actual: what came.
        rules: how it may differ.
        strict: what the example does not have is a difference, as in requests.
    """
    if expected.state == "missing":
        return []
    there = actual.state == "present"
    if expected.state in ("null", "empty"):
        return [Mismatch("body", f"expected none, found {told(actual.content)}")] if there else []
    if not there:
        return [Mismatch("body", f"expected {told(expected.content)}, but there is none")]
    if magic := rules.at(("$",)).of("contentType"):
        wanted, found = str(magic[0]["value"]), guessed(actual.content)
        return [] if wanted.partition(";")[0] in (found, actual.media_type) else [
            Mismatch("body", f"expected {wanted}, found {found}")
        ]  # fmt: skip
    if expected.media_type != actual.media_type:
        return [Mismatch("body", f"expected {expected.media_type}, found {actual.media_type}")]
    return _contents(expected, actual, rules, strict)


def _contents(expected: Body, actual: Body, rules: Rules, strict: bool) -> list[Mismatch]:
    if expected.is_json:
        try:
            value = actual.json
        except ValueError as error:
            return [Mismatch("body", f"is no JSON: {error}")]
        return json_mismatches(expected.json, value, rules, strict=strict)
    if expected.is_xml:
        return xml_mismatches(expected.content, actual.content, rules, strict=strict)
    if expected.media_type == "application/x-www-form-urlencoded":
        found = query_mismatches(form_values(expected.text), form_values(actual.text), rules)
        return [Mismatch(each.place.replace("query.", "body $.", 1), each.message) for each in found]
    at = rules.at(("$",))
    if at:
        return [Mismatch("body", text) for text in complaints(at, expected.text, actual.text)]
    return [] if expected.content == actual.content else [
        Mismatch("body", f"expected {told(expected.content)}, found {told(actual.content)}")
    ]  # fmt: skip


def form_values(text: str) -> dict[str, tuple[str, ...]]:
    """A query string, or a form, as names and values."""
    found: dict[str, tuple[str, ...]] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        found[name] = (*found.get(name, ()), value)
    return found


def _values(place: Place, expected: tuple[str, ...], actual: tuple[str, ...], rules: Rules) -> Iterator[str]:
    """What is wrong with the values of a parameter or a header field."""
    own = rules.at(place)
    sizes = [text for matcher in own.of("type") for text in size_complaints(matcher, actual)]
    yield from sizes
    if not own and len(expected) != len(actual):
        yield f"expected {_listed(expected)}, found {_listed(actual)}"
        return
    for at, value in enumerate(actual):
        at_place = rules.at((*place, str(at)))
        applies = (
            at_place if at_place and not at_place.inherited else RuleList(own.matchers, own.any_of, inherited=True)
        )
        example = expected[min(at, len(expected) - 1)] if expected else ""
        yield from complaints(applies, example, value, textual=True)


def _split(name: str, values: tuple[str, ...]) -> tuple[str, ...]:
    if name.lower() in _SINGLE:
        return values
    return tuple(part.strip() for value in values for part in _COMMA.split(value))


def _header_place(name: str, rules: Rules) -> Place:
    """The place that rules for a header field are written at, whatever the case of its name there."""
    for path in rules.by_path:
        if len(path.steps) > 1 and path.steps[1].lower() == name.lower():
            return ("$", path.steps[1])
    return ("$", name)


def _same_media(expected: str, actual: str) -> bool:
    """Whether two media types agree: those parameters count that the expected one has, in any order."""
    wanted, found = _media(expected), _media(actual)
    if wanted[0] != found[0]:
        return False
    return all(found[1].get(name, "").lower() == value.lower() for name, value in wanted[1].items())


def _media(text: str) -> tuple[str, Mapping[str, str]]:
    first, *rest = [part.strip() for part in re.split(r";(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)", text)]
    pairs = (part.partition("=") for part in rest if part)
    return re.sub(r"\s*,\s*", ",", first), {name.strip().lower(): value.strip() for name, _, value in pairs}


def _listed(values: Any) -> str:
    values = tuple(map(as_text, values))
    return told(values[0]) if len(values) == 1 else told(list(values))
