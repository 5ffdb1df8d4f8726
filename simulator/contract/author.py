"""Interactions written by hand in Python.

::

    contract = Contract("web", "shop", interactions=(
        interaction(
            "search for lamps",
            given=["there are lamps"],
            request=ask("GET", "/api/products", query={"q": "lamp"}),
            response=answer(200, body=each({"id": integer(7), "name": like("Pebble")})),
        ),
    ))
    Path("journeys/contracts/web-shop.json").write_bytes(write_pact(contract))
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from simulator.contract.body import MISSING, Body
from simulator.contract.interaction import Interaction, Message, ProviderState, Request, Response, Values
from simulator.contract.matching.path import Place, parse_path, shown
from simulator.contract.matching.rules import Matcher, RuleList, Rules


@dataclass(frozen=True)
class Like:
    """An example with the rule that decides instead of it.

    Attributes:
        example: the value as it may come; may hold more examples of this kind.
        matcher: the rule.
    """

    example: Any
    matcher: Matcher


def like(example: Any) -> Like:
    """Anything of the same type; of a mapping or a list, everything in it likewise."""
    return Like(example, Matcher("type"))


def each(example: Any, *, at_least: int = 1, at_most: int | None = None) -> Like:
    """A list of elements that are all like the example."""
    sizes = {"min": at_least} | ({"max": at_most} if at_most is not None else {})
    return Like([example], Matcher("type", sizes))


def regex(pattern: str, example: str) -> Like:
    """A text that matches the pattern as a whole."""
    return Like(example, Matcher("regex", {"regex": pattern}))


def integer(example: int) -> Like:
    """A whole number."""
    return Like(example, Matcher("integer"))


def decimal(example: float) -> Like:
    """A number with decimals."""
    return Like(example, Matcher("decimal"))


def number(example: float) -> Like:
    """A number."""
    return Like(example, Matcher("number"))


def boolean(example: bool) -> Like:
    """True or false."""
    return Like(example, Matcher("boolean"))


def moment(form: str, example: str) -> Like:
    """A date with time, in Java's notation, such as `yyyy-MM-dd'T'HH:mm:ssXXX`."""
    return Like(example, Matcher("datetime", {"format": form}))


def including(part: str, example: str) -> Like:
    """A text with this part in it."""
    return Like(example, Matcher("include", {"value": part}))


def uuid(example: str = "3fa85f64-5717-4562-b3fc-2c963f66afa6") -> Like:
    """A UUID."""
    return regex("[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", example)


def interaction(
    description: str,
    *,
    request: Request | None = None,
    response: Response | None = None,
    message: Message | None = None,
    given: Iterable[str | ProviderState] = (),
    pending: bool = False,
) -> Interaction:
    """A request with its answer, or a message.

    Raises:
        ValueError: it is neither.
    """
    if (request is None) != (response is None) or (request is None) == (message is None):
        raise ValueError(f"{description!r}: an interaction has a request and a response, or a message")
    states = tuple(state if isinstance(state, ProviderState) else ProviderState(state) for state in given)
    return Interaction(description, states, request, response, message, pending)


def ask(
    method: str, path: str | Like, *, query: Mapping[str, Any] | None = None, headers: Mapping[str, Any] | None = None,
    body: Any = ...,
) -> Request:  # fmt: skip
    """A request; every value may be a `Like`. Without a `body` nothing is said about one."""
    plain_path, path_rules = split(path)
    values, query_rules = _named(query or {})
    fields, header_rules = _named(headers or {})
    made, body_rules = body_of(body, fields)
    return Request(method.upper(), plain_path, values, fields, made, path_rules, query_rules, header_rules, body_rules)


def answer(status: int, *, headers: Mapping[str, Any] | None = None, body: Any = ...) -> Response:
    """An answer; every value may be a `Like`. Without a `body` nothing is said about one."""
    fields, header_rules = _named(headers or {})
    made, body_rules = body_of(body, fields)
    return Response(status, fields, made, header_rules=header_rules, body_rules=body_rules)


def told(body: Any, *, metadata: Mapping[str, Any] | None = None) -> Message:
    """A message; every value may be a `Like`."""
    plain, rules = split(dict(metadata or {}))
    made, body_rules = body_of(body, {})
    return Message(made, plain, body_rules, rules)


def body_of(body: Any, headers: Values) -> tuple[Body, Rules]:
    """A body and its rules from an example: bytes and texts as they are, everything else as JSON."""
    if body is ...:
        return MISSING, Rules()
    if body is None:
        return Body("null"), Rules()
    content_type = next((values[0] for name, values in headers.items() if name.lower() == "content-type"), "")
    plain, rules = split(body)
    if isinstance(plain, bytes):
        return Body.of_bytes(plain, content_type), rules
    if isinstance(plain, str) and "json" not in content_type:
        return Body.of_bytes(plain.encode(), content_type or "text/plain"), rules
    return Body.of_json(plain, content_type or "application/json"), rules


def split(example: Any) -> tuple[Any, Rules]:
    """An example as a plain value, and the rules that it held."""
    found: dict[Place, Matcher] = {}
    plain = _plain(example, ("$",), found)
    return plain, Rules({parse_path(shown(place)): RuleList((matcher,)) for place, matcher in found.items()})


def _plain(example: Any, place: Place, found: dict[Place, Matcher]) -> Any:
    if isinstance(example, Like):
        found[place] = example.matcher
        if isinstance(example.example, list):
            return [_plain(inner, (*place, "*"), found) for inner in example.example]
        return (
            _plain(example.example, place, found) if not isinstance(example.example, Like) else example.example.example
        )
    if isinstance(example, Mapping):
        return {str(key): _plain(value, (*place, str(key)), found) for key, value in example.items()}
    if isinstance(example, (list, tuple)):
        return [_plain(value, (*place, str(at)), found) for at, value in enumerate(example)]
    return example


def _named(values: Mapping[str, Any]) -> tuple[dict[str, tuple[str, ...]], Rules]:
    plain: dict[str, tuple[str, ...]] = {}
    rules = {}
    for name, value in values.items():
        one, found = split(value)
        plain[name] = tuple(map(str, one)) if isinstance(one, list) else (str(one),)
        for matchers in found.by_path.values():
            rules[parse_path(f"$['{name}']")] = matchers
    return plain, Rules(rules)
