"""A contract as a virtual service: every interaction a stub, asked for by the rules of the Pact specification."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import orjson

from simulator.contract.body import MISSING, Body
from simulator.contract.interaction import Contract, Interaction
from simulator.contract.interaction import Request as Expected
from simulator.contract.matching.message import body_mismatches, form_values, header_mismatches, query_mismatches
from simulator.contract.matching.mismatch import Mismatch
from simulator.contract.matching.rules import Rules
from simulator.contract.pact.write import plain_pact
from simulator.virtual.answer import AnswerSpec
from simulator.virtual.demand import Demand
from simulator.virtual.path import ANY_PATH, PathRule
from simulator.virtual.request import Request
from simulator.virtual.rule import Rule
from simulator.virtual.stub import Stub
from simulator.virtual.stub_file import StubFile

_OF_THE_CONNECTION = frozenset({"content-length", "transfer-encoding", "connection", "date", "server"})
MOST_BYTES_LOOKED_AT = 65_536
Mismatches = Callable[[Request], list[Mismatch]]


@dataclass(frozen=True)
class PactDemand(Demand):
    """What an interaction asks of one part of a request.

    Attributes:
        mismatches: where a request differs.
    """

    mismatches: Mismatches = lambda request: []

    def met(self, request: Request) -> bool:
        """Whether the request has it."""
        return not self.mismatches(request)

    def difference(self, request: Request) -> str:
        """In words, how a request that does not have it differs."""
        return "; ".join(map(str, self.mismatches(request)))


def stub_file_of_contract(contract: Contract) -> StubFile:
    """The virtual service that answers as a contract says; what is asked for otherwise fails the run.

    Interactions with the same request are answered in turn.
    """
    groups: dict[bytes, list[Interaction]] = {}
    for interaction in contract.interactions:
        if interaction.request is not None:
            groups.setdefault(_request_key(interaction), []).append(interaction)
    stubs = tuple(_stub(alike, at) for at, alike in enumerate(groups.values(), 1))
    refused = tuple(
        f"{interaction.title} is a message, which nobody can ask for over HTTP"
        for interaction in contract.interactions
        if interaction.message
    )
    return StubFile(contract.provider, stubs, best=True, strict=True, refused=refused)


def is_contract(path: Path) -> bool:
    """Whether a file is a Pact file or a contract in YAML."""
    if path.is_dir() or path.suffix not in (".json", ".yaml", ".yml"):
        return False
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES_LOOKED_AT)
    except OSError:
        return False
    if path.suffix == ".json":
        return b'"consumer"' in content and b'"provider"' in content
    return re.search(rb"^consumer\s*:", content, re.MULTILINE) is not None


def stub_names(contract: Contract) -> dict[str, list[Interaction]]:
    """Stub → the interactions that it stands for."""
    groups: dict[bytes, list[Interaction]] = {}
    for interaction in contract.interactions:
        if interaction.request is not None:
            groups.setdefault(_request_key(interaction), []).append(interaction)
    return {_name(alike, at): alike for at, alike in enumerate(groups.values(), 1)}


def _request_key(interaction: Interaction) -> bytes:
    [plain] = plain_pact(Contract("", "", (interaction,)), "4")["interactions"]
    return orjson.dumps(plain["request"], option=orjson.OPT_SORT_KEYS)


def _name(alike: list[Interaction], at: int) -> str:
    return f"{alike[0].title} ({at})" if len(alike) == 1 else f"{alike[0].title} and {len(alike) - 1} more ({at})"


def _stub(alike: list[Interaction], at: int) -> Stub:
    expected = alike[0].request
    assert expected is not None
    answers = tuple(_answer(interaction) for interaction in alike)
    return Stub(_name(alike, at), expected.method, _path(expected), tuple(_demands(expected)), answers, repeats=True)


def _path(expected: Expected) -> PathRule:
    rules = expected.path_rules.at(("$",))
    if patterns := rules.of("regex"):
        return PathRule(str(patterns[0]["regex"]), None, re.compile(str(patterns[0]["regex"])))
    if rules:
        return PathRule("any path", None, re.compile(".*", re.DOTALL))
    return PathRule(expected.path, unquote(expected.path), ANY_PATH)


def _demands(expected: Expected) -> Iterator[Demand]:
    """One for each parameter and header field, so that the nearest stub is the one with the fewest differences."""
    for name, values in expected.query.items():
        yield _demand(f"query.{name}", _parameter(name, values, expected.query_rules))
    yield _demand("query", lambda request: [
        Mismatch(f"query.{name}", f"unexpected: {', '.join(values)}")
        for name, values in _query(request).items() if name not in expected.query
    ])  # fmt: skip
    from_states = {name.lower() for name in expected.generators.get("header") or {}}  # a session that nobody gives here
    for name, values in expected.headers.items():
        if name.lower() in from_states:
            continue
        yield _demand(f"header.{name}", _header(name, values, expected.header_rules))
    if expected.body.state != "missing":
        yield _demand("body", lambda request: body_mismatches(
            expected.body, _body(request), expected.body_rules, strict=True
        ))  # fmt: skip


def _parameter(name: str, values: tuple[str, ...], rules: Rules) -> Mismatches:
    def found(request: Request) -> list[Mismatch]:
        query = _query(request)
        return query_mismatches({name: values}, {name: query[name]} if name in query else {}, rules)

    return found


def _header(name: str, values: tuple[str, ...], rules: Rules) -> Mismatches:
    def found(request: Request) -> list[Mismatch]:
        headers = {field: (value,) for field, value in request.headers.items()}
        return header_mismatches({name: values}, headers, rules)

    return found


def _demand(field: str, mismatches: Mismatches) -> Demand:
    return PactDemand(field, lambda request: [], Rule("keeps the contract", lambda value: True), mismatches)


def _query(request: Request) -> dict[str, tuple[str, ...]]:
    return form_values(request.target.partition("?")[2])


def _body(request: Request) -> Body:
    return Body.of_bytes(request.body, request.headers.get("content-type", "")) if request.body else MISSING


def _answer(interaction: Interaction) -> AnswerSpec:
    response = interaction.response
    assert response is not None
    headers = [
        (name, ", ".join(values)) for name, values in response.headers.items() if name.lower() not in _OF_THE_CONNECTION
    ]
    body = response.body
    if body.state == "present" and not any(name.lower() == "content-type" for name, _ in headers):
        headers.insert(0, ("Content-Type", body.content_type or body.media_type))
    return AnswerSpec(response.status, tuple(headers), body.content)
