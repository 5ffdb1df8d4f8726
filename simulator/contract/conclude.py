"""The contract that collected exchanges come to: secrets masked, what varies made a rule."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from simulator.contract.body import MISSING, Body
from simulator.contract.collect import Collected, Group
from simulator.contract.infer import inferred, promised_text, text_rule
from simulator.contract.interaction import Contract, Interaction, Request, Response, Version
from simulator.contract.matching.path import RulePath, parse_path
from simulator.contract.matching.rules import NOTHING, Matcher, RuleList, Rules
from simulator.contract.messages import MessageGroup, MessageKey, message_interaction
from simulator.contract.seen import Key
from simulator.contract.shape import Shape
from simulator.contract.volatile import MASK, is_secret

COOKIE, AUTHORIZATION = "cookie", "authorization"

Evidence = Callable[[Key | MessageKey], Mapping[str, Any]]
"""What is known of an interaction from load: samples, share of the traffic, times."""


def contract_of(
    collected: Collected, consumer: str, provider: str, *, version: Version = "4", evidence: Evidence | None = None
) -> Contract:
    """The contract that the exchanges come to.

    Args:
        collected: the exchanges.
        consumer: who asked.
        provider: who answered.
        version: of the Pact specification.
        evidence: goes into the comments of each interaction.
    """
    total = sum(group.count for group in collected.groups.values())
    several = _several(list(collected.groups))
    made = []
    for key, group in collected.groups.items():
        comments = {
            "samples": group.count, "share": round(group.count / total, 4), "steps": group.steps,
            **(evidence(key) if evidence else {}),
        }  # fmt: skip
        request = _request(key, group)
        interaction = Interaction(
            _description(key, several), group.states, request, _response(key, group), comments={"simulator": comments}
        )
        made.append(interaction)
    made += _messages(collected.messages, evidence)
    return Contract(consumer, provider, tuple(made), version)


def _messages(messages: Mapping[MessageKey, MessageGroup], evidence: Evidence | None) -> Iterator[Interaction]:
    total = sum(group.count for group in messages.values())
    names = [key.description for key in messages]
    for key, group in messages.items():
        comments = {
            "samples": group.count, "share": round(group.count / total, 4), "steps": group.steps,
            **(evidence(key) if evidence else {}),
        }  # fmt: skip
        yield message_interaction(key, group, several=names.count(key.description) > 1, comments=comments)


def _several(keys: list[Key]) -> set[tuple[str, ...]]:
    """Request lines of which there is more than one interaction."""
    lines = [(key.method, key.pattern, *key.query) for key in keys]
    return {line for line in lines if lines.count(line) > 1}


def _description(key: Key, several: set[tuple[str, ...]]) -> str:
    text = f"{key.method} {key.pattern}" + (f"?{'&'.join(key.query)}" if key.query else "")
    if (key.method, key.pattern, *key.query) in several:
        text += f" with {', '.join(key.fields)}" if key.fields else ""
        text += f" → {key.status}"
    return text


def _request(key: Key, group: Group) -> Request:
    headers: dict[str, tuple[str, ...]] = {}
    header_rules: dict[RulePath, RuleList] = {}
    generators: dict[str, Any] = {}
    for name, shape in group.headers.items():
        if name.lower() in (COOKIE, AUTHORIZATION):
            if group.states:
                headers[name] = (MASK,)
                header_rules[_named(name)] = RuleList((Matcher("type"),))
                generators.setdefault("header", {})[name] = {
                    "type": "ProviderState", "expression": f"${{{name.lower()}}}", "dataType": "STRING",
                }  # fmt: skip
            continue
        if shape.count == group.looked_into:
            headers[name], rule = _field_value(name, shape)
            if rule is not None:
                header_rules[_named(name)] = RuleList((rule,))
    query, query_rules = {}, {}
    for name, shape in group.query.items():
        query[name], rule = _field_value(name, shape)
        if rule is not None:
            query_rules[_named(name)] = RuleList((rule,))
    body, body_rules = _request_body(group)
    if body.state == "present" and body.content_type:
        headers["Content-Type"] = (body.content_type,)
    path_rules = NOTHING
    if "{id}" in key.pattern and group.path != key.pattern:
        path_rules = Rules(
            {parse_path("$"): RuleList((Matcher("regex", {"regex": _path_regex(key.pattern, group.path)}),))}
        )
    path, found = _path_from_state(group)
    if found:
        generators["path"] = {"type": "ProviderState", "expression": found, "dataType": "STRING"}
    return Request(key.method, path, query, headers, body, path_rules, Rules(query_rules), Rules(header_rules),
                   body_rules, generators)  # fmt: skip


def _request_body(group: Group) -> tuple[Body, Rules]:
    if group.body is not None:
        example, rules = inferred(group.body, only_read=False)
        return Body.of_json(example, group.media[0] or "application/json"), rules
    if not group.text:
        return MISSING, NOTHING
    return Body.of_bytes(_masked_form(group.text).encode(), group.media[0]), NOTHING


def _masked_form(text: str) -> str:
    return re.sub(
        r"([^&=\s]+)=([^&\s]*)", lambda match: f"{match[1]}={MASK}" if is_secret(match[1]) else match[0], text
    )


def _response(key: Key, group: Group) -> Response:
    headers: dict[str, tuple[str, ...]] = {}
    rules: dict[RulePath, RuleList] = {}
    if group.media[1]:
        headers["Content-Type"] = (group.media[1],)
    for name in sorted(group.read_headers - {"content-type"}):
        shape = group.answer_headers.get(name)
        if shape is not None and shape.count == group.looked_into:
            headers[name] = (MASK if is_secret(name) else str(shape.example),)
            rules[_named(name)] = RuleList((promised_text(shape),))
    if group.answer is None or not group.answer.read:
        return Response(key.status, headers, header_rules=Rules(rules))
    example, body_rules = inferred(group.answer, only_read=True)
    return Response(key.status, headers, Body.of_json(example, group.media[1] or "application/json"),
                    header_rules=Rules(rules), body_rules=body_rules)  # fmt: skip


def _field_value(name: str, shape: Shape) -> tuple[tuple[str, ...], Matcher | None]:
    if is_secret(name):
        return (MASK,), Matcher("type")
    return (str(shape.example),), text_rule(shape)


def _path_regex(pattern: str, path: str) -> str:
    """The pattern of a path whose `{id}` is as in the example: digits for digits, anything else for anything else."""
    example = path.split("/")
    parts = []
    for at, segment in enumerate(pattern.split("/")):
        is_number = at < len(example) and re.fullmatch(r"\d+(\.\w+)?", example[at])
        parts.append(re.escape(segment).replace(r"\{id\}", r"\d+" if is_number else "[^/]+"))
    return "/".join(parts)


def _path_from_state(group: Group) -> tuple[str, str]:
    """The path, and the expression that makes it from what its states have given; empty text when they give nothing."""
    given = [name for state in group.states for name in (state.params.get("captures") or {})]
    path = expression = group.path
    for state in group.states:
        for name, capture in (state.params.get("captures") or {}).items():
            expression = expression.replace(str(capture["value"]), f"${{{name}}}")
    return path, expression if given and expression != path else ""


def _named(name: str) -> RulePath:
    return parse_path(f"$['{name}']")
