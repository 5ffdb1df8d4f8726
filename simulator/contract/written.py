"""Contracts written by hand in YAML; see `docs/contracts.md`."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from simulator.contract.author import body_of
from simulator.contract.interaction import Contract, Interaction, Message, ProviderState, Request, Response, Values
from simulator.contract.matching.path import RulePath, parse_path
from simulator.contract.matching.rules import Matcher, RuleList, Rules
from simulator.document import parse_document, read_document
from simulator.node import Node, Problems

FILE_KEYS = ("consumer", "provider", "interactions")
INTERACTION_KEYS = ("description", "given", "request", "response", "message", "pending")
WORDS = ("type", "integer", "decimal", "number", "boolean", "uuid", "null", "notEmpty", "semver")
"""Rules that are a word by themselves."""
KEYS = ("regex", "include", "date", "time", "datetime", "at_least", "at_most", "equals")
"""Rules that are a mapping."""
_UUID = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"


def read_written(path: Path, environ: Mapping[str, str] | None = None) -> Contract:
    """The contract in a YAML file.

    Raises:
        FileError: with every mistake, each with its place.
    """
    problems = Problems()
    node = read_document(path, environ=os.environ if environ is None else environ, problems=problems)
    contract = _contract(node, str(path))
    problems.raise_if_any()
    return contract


def parse_written(content: bytes, file: str) -> Contract:
    """The contract in a YAML file's content; it names no variables.

    Raises:
        FileError: with every mistake, each with its place.
    """
    problems = Problems()
    contract = _contract(
        parse_document(content.decode("utf-8-sig", "replace"), file, environ={}, problems=problems), file
    )
    problems.raise_if_any()
    return contract


def _contract(node: Node, file: str) -> Contract:
    if node.kind == "nothing":
        if not node.source.problems:
            node.problem("a contract has `consumer`, `provider` and `interactions`")
        return Contract("", "")
    entries = node.mapping(FILE_KEYS, required=FILE_KEYS)
    interactions = node.get("interactions")
    return Contract(
        entries["consumer"].text() if "consumer" in entries else "",
        entries["provider"].text() if "provider" in entries else "",
        tuple(_interaction(child) for child in interactions.items()) if interactions else (),
        file=file,
    )


def _interaction(node: Node) -> Interaction:
    entries = node.mapping(INTERACTION_KEYS, required=("description",))
    request, response, message, given = (node.get(key) for key in ("request", "response", "message", "given"))
    if node.kind == "mapping" and ((request is None) != (response is None) or (request is None) == (message is None)):
        node.problem("an interaction has a `request` and a `response`, or a `message`")
    return Interaction(
        entries["description"].text() if "description" in entries else "",
        tuple(_state(each) for each in given.one_or_more()) if given else (),
        _request(request) if request else None,
        _response(response) if response else None,
        _message(message) if message else None,
        entries["pending"].boolean() if "pending" in entries else False,
        place=(node.line, node.column),
    )


def _state(node: Node) -> ProviderState:
    if node.kind != "mapping":
        return ProviderState(node.text())
    entries = node.mapping(("name", "params"), required=("name",))
    params = entries["params"].typed() if "params" in entries else {}
    return ProviderState(entries["name"].text() if "name" in entries else "", params)


def _request(node: Node) -> Request:
    entries = node.mapping(("method", "path", "query", "headers", "body", "match"), required=("path",))
    rules = _match(node.get("match"), ("path", "query", "headers", "body"))
    headers = _values(node.get("headers"))
    body, _ = body_of(entries["body"].typed() if "body" in entries else ..., headers)
    return Request(
        entries["method"].text("GET").upper() if "method" in entries else "GET",
        entries["path"].text("/") if "path" in entries else "/",
        _values(node.get("query")), headers, body,
        rules["path"], rules["query"], rules["headers"], rules["body"],
    )  # fmt: skip


def _response(node: Node) -> Response:
    entries = node.mapping(("status", "headers", "body", "match"))
    rules = _match(node.get("match"), ("headers", "body"))
    headers = _values(node.get("headers"))
    body, _ = body_of(entries["body"].typed() if "body" in entries else ..., headers)
    status = entries["status"].integer(200) if "status" in entries else 200
    return Response(status, headers, body, header_rules=rules["headers"], body_rules=rules["body"])


def _message(node: Node) -> Message:
    entries = node.mapping(("body", "metadata", "match"), required=("body",))
    rules = _match(node.get("match"), ("metadata", "body"))
    body, _ = body_of(entries["body"].typed() if "body" in entries else ..., {})
    metadata = entries["metadata"].typed() if "metadata" in entries else {}
    return Message(body, metadata, rules["body"], rules["metadata"])


def _values(node: Node | None) -> Values:
    entries = node.mapping() if node else {}
    return {name: tuple(each.text() for each in value.one_or_more()) for name, value in entries.items()}


def _match(node: Node | None, parts: tuple[str, ...]) -> dict[str, Rules]:
    """The rules of `match`: `$…` is a path in the body, `path`, `query.NAME` and `headers.NAME` are the others."""
    found: dict[str, dict[RulePath, RuleList]] = {part: {} for part in parts}
    for key, value in node.mapping().items() if node else ():
        part, _, name = key.partition(".")
        rules = RuleList(_matchers(value))
        try:
            if key.startswith("$"):
                found["body"][parse_path(key)] = rules
            elif part not in parts or (part == "path") != (not name):
                raise ValueError(f"{key!r} is no place; write $.field, or {', '.join(parts)}")
            else:
                found[part][parse_path(f"$['{name}']" if name else "$")] = rules
        except ValueError as error:
            assert node is not None
            node.keys[key].problem(str(error))
    return {part: Rules(rules) for part, rules in found.items()}


def _matchers(node: Node) -> tuple[Matcher, ...]:
    if node.kind != "mapping":
        word = node.choice(WORDS, "type")
        return (Matcher("regex", {"regex": _UUID}) if word == "uuid" else Matcher(word),)
    entries = node.mapping(KEYS)
    made = [_MADE[key](value) for key, value in entries.items() if key in _MADE]
    sizes = {word: entries[key].integer() for key, word in (("at_least", "min"), ("at_most", "max")) if key in entries}
    return (*made, Matcher("type", sizes)) if sizes else tuple(made)


def _pattern(node: Node) -> Matcher:
    import re

    def compiled(text: str) -> str:
        try:
            re.compile(text)
        except re.error as error:
            raise ValueError(f"{text!r} is no regular expression: {error}") from error
        return text

    return Matcher("regex", {"regex": node.parsed(compiled, "")})


_MADE: Mapping[str, Callable[[Node], Matcher]] = {
    "regex": _pattern,
    "include": lambda node: Matcher("include", {"value": node.text()}),
    "date": lambda node: Matcher("date", {"format": node.text()}),
    "time": lambda node: Matcher("time", {"format": node.text()}),
    "datetime": lambda node: Matcher("datetime", {"format": node.text()}),
    "equals": lambda node: Matcher("equality"),
}
