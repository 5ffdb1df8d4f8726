"""Holds answers against contracts while they come in: all that a run is to be checked by, compiled once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

import orjson

from simulator.contract.interaction import Contract, Interaction, Request
from simulator.contract.matching.message import form_values, query_mismatches
from simulator.contract.openapi.description import Description, Operation
from simulator.contract.promise import Demand, Violation, demand_of_description, demand_of_interaction
from simulator.contract.route import Routes
from simulator.contract.schema import Validator, schema_of
from simulator.contract.source import Source

MOST_TARGETS = 10_000
MOST_TOLD = 3


@dataclass(frozen=True)
class Promise:
    """What may come back from one operation of a description, or from one interaction of a contract.

    Attributes:
        name: of the operation, or the description of the interaction.
        demands: the answers that it allows.
        interaction: of a Pact file; `None` for an operation of an OpenAPI description.
        asks: holds for the JSON bodies of its requests; `None` when they do not tell it from others.
    """

    name: str
    demands: tuple[Demand, ...]
    interaction: Interaction | None = None
    asks: Validator | None = None


Promises = tuple[tuple[Promise, ...], ...]
"""What is promised for a request, by source: of each, one promise must be kept."""


class Checker:
    """Knows what is promised for each request, and whether an answer keeps it.

    Of several interactions with the same request an answer must keep one: which of them was meant may hang on the
    provider's state, which nobody sees from here. A status from 400 on that no interaction
    mentions is an error of its own, counted as such, and breaks no consumer's contract; a description that does not
    mention it is broken.

    Args:
        sources: contracts and descriptions.
    """

    def __init__(self, sources: Iterable[Source]) -> None:
        self._routes: list[Routes[Promise]] = []
        self._targets: dict[tuple[str, str], Promises] = {}
        compiled: dict[str, Validator] = {}
        for source in sources:
            if isinstance(source, Description):
                self._routes.append(_of_description(source, compiled))
            else:
                self._routes.append(_of_contract(source))

    def promises(self, method: str, target: str) -> Promises:
        """What is promised for a request.

        Args:
            method: in capitals.
            target: path and query, as they are sent.
        """
        key = (method, target)
        found = self._targets.get(key)
        if found is None:
            if len(self._targets) >= MOST_TARGETS:
                self._targets.clear()
            found = self._targets[key] = self._looked_up(method, target)
        return found

    def violations(
        self, promises: Promises, status: int, head: bytes, body: bytes, sent: bytes = b""
    ) -> Sequence[Violation]:
        """What an answer breaks; empty when it keeps one of the promises of each source.

        Args:
            promises: of its request, at least one.
            status: of the answer.
            head: status line and header fields, without the empty line.
            body: decoded.
            sent: the request's body.
        """
        for group in promises:
            asked = group if len(group) == 1 else _asked_for(group, sent)
            if not _is_kept(asked, status, head, body):
                found = _explained(asked, status, head, body)
                if found:
                    return found
        return ()

    def _looked_up(self, method: str, target: str) -> Promises:
        path, _, query = target.partition("?")
        found = [routes.find(method, path) for routes in self._routes]
        values = form_values(query)
        groups = [
            tuple(each for each in group if each.interaction is None or _asks(each.interaction, values))
            for group in found
        ]
        return tuple(filter(None, groups))


def _of_description(description: Description, compiled: dict[str, Validator]) -> Routes[Promise]:
    routes: Routes[Promise] = Routes()
    for operation in description.operations:
        demands = _in_order(operation, description, compiled)
        routes.add(operation.method, operation.path, Promise(operation.name, demands))
    return routes


def _of_contract(contract: Contract) -> Routes[Promise]:
    routes: Routes[Promise] = Routes()
    for interaction in contract.interactions:
        request = interaction.request
        if request is None:
            continue
        promise = Promise(interaction.description, (demand_of_interaction(interaction),), interaction, _asking(request))
        patterns = request.path_rules.at(("$",)).of("regex")
        if patterns:
            routes.add_pattern(request.method, str(patterns[0]["regex"]), promise)
        elif request.path_rules:
            routes.add_pattern(request.method, ".*", promise)
        else:
            routes.add(request.method, _literal(request.path), promise)
    return routes


def _asking(request: Request) -> Validator | None:
    if request.body.state != "present" or not request.body.is_json:
        return None
    try:
        return Validator(schema_of(request.body.json, request.body_rules, strict=True))
    except ValueError:
        return None  # a pattern that Rust reads otherwise


def _is_kept(promises: tuple[Promise, ...], status: int, head: bytes, body: bytes) -> bool:
    for promise in promises:
        for demand in promise.demands:
            if demand.fits(status):
                if demand.keeps(status, head, body):
                    return True
                break
    return False


def _asked_for(promises: tuple[Promise, ...], sent: bytes) -> tuple[Promise, ...]:
    """Those promises that a request's body asks for; all of them when it asks for none."""
    try:
        value = orjson.loads(sent) if sent else None
    except orjson.JSONDecodeError:
        return promises
    return tuple(promise for promise in promises if promise.asks is None or promise.asks.keeps(value)) or promises


def _literal(path: str) -> str:
    """A path of a contract as a template without variables."""
    return unquote(path).replace("{", "%7B")


def _asks(interaction: Interaction, values: dict[str, tuple[str, ...]]) -> bool:
    request = interaction.request
    assert request is not None
    return not query_mismatches(request.query, values, request.query_rules)


def _in_order(operation: Operation, description: Description, compiled: dict[str, Validator]) -> tuple[Demand, ...]:
    """Exact statuses before classes, those before `default`."""
    rank = {"digit": 0, "class": 1, "default": 2}

    def order(status: str) -> int:
        return rank["digit"] if status.isdigit() else rank["default"] if status == "default" else rank["class"]

    answers = sorted(operation.answers, key=lambda answer: order(answer.status))
    return tuple(demand_of_description(answer, description, compiled) for answer in answers)


def _explained(promises: tuple[Promise, ...], status: int, head: bytes, body: bytes) -> Sequence[Violation]:
    """What is wrong, in the words of the promise that comes nearest."""
    best: list[Violation] | None = None
    for promise in promises:
        for demand in promise.demands:
            if demand.fits(status):
                found = demand.violations(status, head, body)
                if not found:
                    return ()  # the validator was stricter than the contract's own words
                best = found if best is None or len(found) < len(best) else best
                break
    if best is not None:
        return best[:MOST_TOLD]
    if all(promise.interaction is not None for promise in promises):
        if status >= 400:
            return ()
        wanted = sorted({promise.interaction.response.status for promise in promises
                         if promise.interaction and promise.interaction.response})  # fmt: skip
        return [Violation("status", f"expected {' or '.join(map(str, wanted))}, found {status}")]
    return [Violation("status", f"{status} is not in the description")]
