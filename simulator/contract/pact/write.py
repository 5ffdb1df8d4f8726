"""Writes Pact files of versions 3 and 4."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

import orjson

from simulator.contract.body import Body
from simulator.contract.interaction import Contract, Interaction, Message, Request, Response, Values, Version
from simulator.contract.matching.rules import Matcher, RuleList, Rules
from simulator.contract.pact.rules_form import plain_rules

_SINCE_4 = {"boolean": "type", "notEmpty": "type"}
"""Matchers that version 3 does not know, and what comes nearest there."""


def write_pact(contract: Contract, version: Version | None = None) -> bytes:
    """The Pact file of a contract, in its own version or another.

    What version 3 cannot say (status classes, any-of matchers beyond it, comments) is said there as nearly as it can.
    """
    return orjson.dumps(plain_pact(contract, version or contract.version), option=orjson.OPT_INDENT_2) + b"\n"


def plain_pact(contract: Contract, version: Version) -> dict[str, Any]:
    """The same as a plain value."""
    written = _Form4() if version == "4" else _Form3()
    exchanges = [written.exchange(each) for each in contract.interactions if each.request]
    messages = [written.message_interaction(each) for each in contract.interactions if each.message]
    plain: dict[str, Any] = {
        "consumer": {"name": contract.consumer},
        "provider": {"name": contract.provider},
    }
    if version == "4":
        plain["interactions"] = exchanges + messages
    else:
        plain |= {"interactions": exchanges} if exchanges or not messages else {}
        plain |= {"messages": messages} if messages else {}
    plain["metadata"] = {
        **contract.metadata,
        "pactSpecification": {"version": f"{version}.0" if version == "4" else "3.0.0"},
    }
    return plain


class _Form4:
    """Interactions of version 4."""

    def exchange(self, interaction: Interaction) -> dict[str, Any]:
        assert interaction.request is not None
        assert interaction.response is not None
        return {
            "type": "Synchronous/HTTP",
            **self.about(interaction),
            "request": self.request(interaction.request),
            "response": self.response(interaction.response),
        }

    def message_interaction(self, interaction: Interaction) -> dict[str, Any]:
        assert interaction.message is not None
        return {"type": "Asynchronous/Messages", **self.about(interaction), **self.message(interaction.message)}

    def about(self, interaction: Interaction) -> dict[str, Any]:
        about: dict[str, Any] = {"description": interaction.description}
        if interaction.states:
            about["providerStates"] = [
                {"name": state.name, **({"params": dict(state.params)} if state.params else {})}
                for state in interaction.states
            ]
        return about | self.more(interaction)

    def more(self, interaction: Interaction) -> dict[str, Any]:
        more: dict[str, Any] = {"pending": interaction.pending}
        return more | ({"comments": dict(interaction.comments)} if interaction.comments else {})

    def request(self, request: Request) -> dict[str, Any]:
        rules = {
            "path": self.rules(request.path_rules, whole=True),
            "query": self.rules(request.query_rules, named=True),
            "header": self.rules(request.header_rules, named=True),
            "body": self.rules(request.body_rules),
        }
        plain: dict[str, Any] = {"method": request.method, "path": request.path}
        if request.query:
            plain["query"] = {name: list(values) for name, values in request.query.items()}
        return plain | self.rest(request.headers, request.body, rules, request.generators)

    def response(self, response: Response) -> dict[str, Any]:
        rules = {
            "status": self.rules(response.status_rules),
            "header": self.rules(response.header_rules, named=True),
            "body": self.rules(response.body_rules),
        }
        return {"status": response.status} | self.rest(response.headers, response.body, rules, response.generators)

    def message(self, message: Message) -> dict[str, Any]:
        rules = {"body": self.rules(message.contents_rules), "metadata": self.rules(message.metadata_rules, named=True)}
        rules = {name: found for name, found in rules.items() if found}
        return {
            **self.contents(message.contents),
            **({"metadata": dict(message.metadata)} if message.metadata else {}),
            **({"matchingRules": rules} if rules else {}),
            **({"generators": dict(message.generators)} if message.generators else {}),
        }

    def contents(self, body: Body) -> dict[str, Any]:
        return {} if body.state == "missing" else {"contents": self.body(body)}

    def rest(
        self, headers: Values, body: Body, rules: Mapping[str, Any], generators: Mapping[str, Any]
    ) -> dict[str, Any]:
        plain: dict[str, Any] = {}
        if headers:
            plain["headers"] = {name: self.header(values) for name, values in headers.items()}
        if body.state != "missing":
            plain["body"] = self.body(body)
        if kept := {name: found for name, found in rules.items() if found}:
            plain["matchingRules"] = kept
        if generators:
            plain["generators"] = dict(generators)
        return plain

    def header(self, values: tuple[str, ...]) -> Any:
        return list(values)

    def body(self, body: Body) -> Any:
        if body.state in ("null", "missing"):
            return {"content": None}
        if body.state == "empty":
            return {"content": ""}
        about = {"contentType": body.content_type or body.media_type, "encoded": False}
        if body.is_json:
            return {"content": body.json, **about}
        try:
            return {"content": body.content.decode("utf-8"), **about}
        except UnicodeDecodeError:
            return {"content": b64encode(body.content).decode(), **about, "encoded": "base64"}

    def rules(self, rules: Rules, *, named: bool = False, whole: bool = False) -> dict[str, Any]:
        return plain_rules(rules, named=named, whole=whole)


class _Form3(_Form4):
    """Interactions of version 3."""

    def exchange(self, interaction: Interaction) -> dict[str, Any]:
        plain = super().exchange(interaction)
        return {key: value for key, value in plain.items() if key != "type"}

    def message_interaction(self, interaction: Interaction) -> dict[str, Any]:
        plain = super().message_interaction(interaction)
        renamed = {"metadata": "metaData"}
        return {renamed.get(key, key): value for key, value in plain.items() if key != "type"}

    def more(self, interaction: Interaction) -> dict[str, Any]:
        return {}

    def header(self, values: tuple[str, ...]) -> Any:
        return values[0] if len(values) == 1 else list(values)

    def body(self, body: Body) -> Any:
        plain = super().body(body)["content"]
        return plain if body.state != "present" or body.is_json or isinstance(plain, str) else body.text

    def rules(self, rules: Rules, *, named: bool = False, whole: bool = False) -> dict[str, Any]:
        older = Rules({path: _older(found) for path, found in rules.by_path.items()})
        return plain_rules(
            Rules({path: found for path, found in older.by_path.items() if found}), named=named, whole=whole
        )


def _older(rules: RuleList) -> RuleList:
    """The matchers as version 3 has them; those that it has not are left out, so that the example alone counts."""
    made = []
    for matcher in rules.matchers:
        if matcher.kind == "datetime":
            made.append(Matcher("timestamp", {"timestamp": matcher["format"]}))
        elif matcher.kind in ("date", "time"):
            made.append(Matcher(matcher.kind, {matcher.kind: matcher["format"]}))
        elif matcher.kind in _SINCE_4:
            made.append(Matcher(_SINCE_4[matcher.kind]))
        elif matcher.kind not in ("statusCode", "semver", "eachKey", "eachValue", "arrayContains"):
            made.append(matcher)
    return RuleList(tuple(made), rules.any_of)
