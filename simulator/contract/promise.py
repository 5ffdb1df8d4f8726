"""One thing that a provider has promised, in a form that an answer can be held against within microseconds."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from simulator.contract.body import Body
from simulator.contract.interaction import Interaction, Response
from simulator.contract.matching.message import response_mismatches
from simulator.contract.matching.path import parse_path
from simulator.contract.matching.rules import Rules
from simulator.contract.matching.value import status_fits
from simulator.contract.openapi.description import Description, Promised
from simulator.contract.schema import Validator, schema_of, with_components

_BODILESS = frozenset({204, 304})
_CONTENT_TYPE = re.compile(rb"\r\ncontent-type[ \t]*:[ \t]*([^;\r\s]*)", re.IGNORECASE).search


@dataclass(frozen=True)
class Violation:
    """A promise that an answer broke.

    Attributes:
        place: `status`, `header.Name`, `content type`, `body $[*].id`.
        message: what was promised and what came, in words.
    """

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


@dataclass(frozen=True)
class Demand:
    """What one answer of a promise must be like.

    Attributes:
        fits: whether a status is this answer's.
        headers: name, a search for its value in the head, and what is wrong with a value (`None` without one).
        media: media type → validator, or `None` for anything; empty for any body.
        exact: holds the answer against the contract in its own words; `None` when the validators say everything.
    """

    fits: Callable[[int], bool]
    headers: tuple[tuple[str, Callable[[bytes], Any], Callable[[str], str] | None, bool], ...] = ()
    media: Mapping[str, Validator | None] | None = None
    exact: Callable[[int, bytes, bytes], list[Violation]] | None = None

    def keeps(self, status: int, head: bytes, body: bytes) -> bool:
        """Whether an answer is as promised."""
        for _, search, complain, required in self.headers:
            found = search(head)
            if found is None:
                if required:
                    return False
            elif complain is not None and complain(found[1].decode("latin-1").strip()):
                return False
        if not self.media or status in _BODILESS:
            return True if self.exact is None or self.media == {} else not self.exact(status, head, body)
        kind = _CONTENT_TYPE(head)
        media = kind[1].decode("latin-1").lower() if kind else ""
        if media not in self.media:
            media = _wildcard(media, self.media)
            if media not in self.media:
                return False
        validator = self.media[media]
        if validator is None:
            return True
        try:
            return bool(validator.keeps(orjson.loads(body)))
        except orjson.JSONDecodeError:
            return False

    def violations(self, status: int, head: bytes, body: bytes) -> list[Violation]:
        """What is wrong with an answer, in words."""
        if self.exact is not None:
            return self.exact(status, head, body)
        found = []
        for name, search, complain, required in self.headers:
            match = search(head)
            if match is None:
                if required:
                    found.append(Violation(f"header.{name}", "is missing"))
            elif complain is not None and (text := complain(match[1].decode("latin-1").strip())):
                found.append(Violation(f"header.{name}", text))
        return found + self._of_body(status, head, body)

    def _of_body(self, status: int, head: bytes, body: bytes) -> list[Violation]:
        if not self.media or status in _BODILESS:
            return []
        kind = _CONTENT_TYPE(head)
        media = kind[1].decode("latin-1").lower() if kind else ""
        known = media if media in self.media else _wildcard(media, self.media)
        if known not in self.media:
            return [Violation("content type", f"{media or 'none'} is not promised ({', '.join(self.media)})")]
        validator = self.media[known]
        if validator is None:
            return []
        try:
            value = orjson.loads(body)
        except orjson.JSONDecodeError:
            return [Violation("body", "is no JSON")]
        return [Violation(f"body {place}", text) for place, text in validator.complaints(value)]


def _wildcard(media: str, known: Mapping[str, Any]) -> str:
    """The entry of a media type that stands for several, such as `application/*`."""
    ranged = f"{media.partition('/')[0]}/*"
    return ranged if ranged in known else "*/*"


def demand_of_description(promised: Promised, description: Description, compiled: dict[str, Validator]) -> Demand:
    """The demand of an answer of an OpenAPI description.

    Args:
        promised: the answer.
        description: where it stands.
        compiled: validators by their schemas, to be shared.
    """

    def validator(schema: Any) -> Validator | None:
        if schema in (None, True, {}):
            return None
        key = orjson.dumps(schema, option=orjson.OPT_SORT_KEYS).decode()
        if key not in compiled:
            compiled[key] = Validator(with_components(schema, description.document), description.draft)
        return compiled[key]

    return Demand(
        _status_test(promised.status),
        tuple((name, _search(name), _value_check(validator(schema)), required)
              for name, (schema, required) in promised.headers.items()),
        {media: validator(schema) if "json" in media else None for media, schema in promised.media.items()},
    )  # fmt: skip


def _status_test(status: str) -> Callable[[int], bool]:
    if status.isdigit():
        wanted = int(status)
        return lambda actual: actual == wanted
    if re.fullmatch("[1-5]XX", status, re.IGNORECASE):
        first = int(status[0])
        return lambda actual: actual // 100 == first
    return lambda actual: True


def _search(name: str) -> Callable[[bytes], Any]:
    return re.compile(rb"\r\n" + re.escape(name.encode()) + rb"[ \t]*:([^\r]*)", re.IGNORECASE).search


def _value_check(validator: Validator | None) -> Callable[[str], str] | None:
    """What says what is wrong with a header's value; empty text when nothing is."""
    if validator is None:
        return None

    def check(text: str) -> str:
        if validator.keeps(text):
            return ""
        try:
            value = orjson.loads(text)
        except orjson.JSONDecodeError:
            value = text
        found = [] if validator.keeps(value) else validator.complaints(value)
        return found[0][1] if found else ""

    return check


def demand_of_interaction(interaction: Interaction) -> Demand:
    """The demand of an interaction of a Pact file."""
    response = interaction.response
    assert response is not None
    exact = _exact(response)
    media: dict[str, Validator | None] = {}
    quick = response.body.state == "present" and response.body.is_json
    if quick:
        try:
            media = {response.body.media_type: Validator(schema_of(response.body.json, response.body_rules))}
        except ValueError:
            quick = False  # a pattern that Rust reads otherwise: the exact words then decide on every answer
    return Demand(
        _response_status(response),
        tuple((name, _search(name), _header_check(name, values, response.header_rules), True)
              for name, values in response.headers.items() if name.lower() != "content-type"),
        media if quick or response.body.state == "missing" else None,
        exact,
    )  # fmt: skip


def _response_status(response: Response) -> Callable[[int], bool]:
    classes = response.status_rules.at(("$",)).of("statusCode")
    if classes:
        return lambda actual: all(status_fits(matcher, actual) for matcher in classes)
    wanted = response.status
    return lambda actual: actual == wanted


def _header_check(name: str, values: tuple[str, ...], rules: Rules) -> Callable[[str], str] | None:
    """What says what is wrong with a header's value; `None` when any value will do."""
    from simulator.contract.matching.message import header_mismatches

    own = Rules({path: found for path, found in rules.by_path.items()
                 if len(path.steps) > 1 and path.steps[1].lower() == name.lower()})  # fmt: skip
    if any(found.matchers and all(m.kind == "type" for m in found.matchers) for found in own.by_path.values()):
        return None
    own = Rules({parse_path(f"$['{name}']"): found for found in own.by_path.values()})

    def check(text: str) -> str:
        wrong = header_mismatches({name: values}, {name: (text,)}, own)
        return wrong[0].message if wrong else ""

    return check


def _exact(response: Response) -> Callable[[int, bytes, bytes], list[Violation]]:
    def check(status: int, head: bytes, body: bytes) -> list[Violation]:
        headers: dict[str, tuple[str, ...]] = {}
        for line in head.decode("latin-1").split("\r\n")[1:]:
            name, colon, value = line.partition(":")
            if colon:
                headers[name.strip()] = (*headers.get(name.strip(), ()), value.strip())
        content_type = next((values[0] for name, values in headers.items() if name.lower() == "content-type"), "")
        actual = Response(status, headers, Body.of_bytes(body, content_type))
        return [Violation(_anywhere(each.place), each.message) for each in response_mismatches(response, actual)]

    return check


def _anywhere(place: str) -> str:
    """A place in a list without its number, so that the same mistake in other elements is the same kind."""
    return re.sub(r"\[\d+\]", "[*]", place)
