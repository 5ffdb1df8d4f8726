"""What a changed contract or description breaks, and for whom.

A contract belongs to its consumer: it may ask for less at any time; what it asks for anew, or otherwise, is a demand
that the provider has yet to meet. A description belongs to its provider: consumers break when an operation or an
answer's field goes away or changes its type, and when a request needs what it did not need.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from simulator.contract.interaction import Contract, Interaction
from simulator.contract.matching.message import message_mismatches, response_mismatches
from simulator.contract.openapi.description import Description, Operation
from simulator.contract.pact.write import plain_pact
from simulator.contract.promise import demand_of_description
from simulator.contract.schema import Validator
from simulator.contract.source import Source
from simulator.errors import UsageError

Whom = Literal["provider", "consumers", "nobody"]


@dataclass(frozen=True)
class Change:
    """One difference between two versions.

    Attributes:
        breaks: who has to change for it: the provider, consumers, or nobody.
        place: the interaction or operation, and where in it.
        message: what changed, in words.
    """

    breaks: Whom
    place: str
    message: str


def changes(old: Source, new: Source) -> list[Change]:
    """What is different in a new version.

    Args:
        old: what holds now.
        new: what is to hold; a description as `old` with a contract as `new` (or the other way round) says what of
            the contract the description does not promise.

    Raises:
        UsageError: the two are contracts of different pairs.
    """
    if isinstance(old, Description) and isinstance(new, Description):
        return list(_of_descriptions(old, new))
    if isinstance(old, Contract) and isinstance(new, Contract):
        if (old.consumer, old.provider) != (new.consumer, new.provider):
            raise UsageError(f"{old.name} and {new.name} are contracts of different pairs")
        return list(_of_contracts(old, new))
    contract, description = (old, new) if isinstance(old, Contract) else (new, old)
    assert isinstance(contract, Contract)
    assert isinstance(description, Description)
    return list(_of_both(contract, description))


def _of_contracts(old: Contract, new: Contract) -> Iterator[Change]:
    known, wanted = _by_title(old), _by_title(new)
    for title, interaction in wanted.items():
        if title not in known:
            yield Change("provider", title, f"{new.consumer} relies on it from now on")
        else:
            yield from _of_interactions(title, known[title], interaction, new)
    for title in known:
        if title not in wanted:
            yield Change("nobody", title, f"{new.consumer} does not rely on it any more")


def _by_title(contract: Contract) -> dict[str, Interaction]:
    return {interaction.title: interaction for interaction in contract.interactions}


def _of_interactions(title: str, old: Interaction, new: Interaction, contract: Contract) -> Iterator[Change]:
    plain_old, plain_new = _plain(old), _plain(new)
    if plain_old.get("request") != plain_new.get("request"):
        yield Change(
            "provider", title, f"the request changes: {_first_difference(plain_old['request'], plain_new['request'])}"
        )
    for part in ("response", "contents", "matchingRules"):
        if plain_old.get(part) == plain_new.get(part):
            continue
        found = _stricter(old, new)
        if found:
            for mismatch in found:
                yield Change("provider", title, f"what held is not enough any more: {mismatch}")
        else:
            yield Change("nobody", title, f"asks for something else, which what held still meets ({part})")
        break


def _stricter(old: Interaction, new: Interaction) -> list[str]:
    """What the old example lacks of what is asked for now; a rule that is gone makes the example's value a demand."""
    if new.response is not None and old.response is not None:
        found = list(map(str, response_mismatches(new.response, old.response)))
        lost = _lost_rules(old.response.body_rules.by_path, new.response.body_rules.by_path, new.response.body.state)
        return found + lost
    if new.message is not None and old.message is not None:
        return list(map(str, message_mismatches(new.message, old.message)))
    return ["it is of another kind"]


def _lost_rules(old: Mapping[Any, Any], new: Mapping[Any, Any], state: str) -> list[str]:
    """Rules that are gone or otherwise now."""
    if state != "present":
        return []
    known = {path.text: rules for path, rules in new.items()}
    found = []
    for path, rules in old.items():
        kinds, now = _kinds(rules), _kinds(known[path.text]) if path.text in known else None
        if now is not None and now != kinds and now != ["type"]:
            found.append(f"body {path.text}: was {' and '.join(kinds)}, is {' and '.join(now)}")
    return found


def _kinds(rules: Any) -> list[str]:
    return [" ".join(map(str, (matcher.kind, *matcher.params.values()))) for matcher in rules.matchers]


def _plain(interaction: Interaction) -> dict[str, Any]:
    [plain] = plain_pact(Contract("", "", (interaction,)), "4")["interactions"]
    return dict(plain)


def _first_difference(old: Any, new: Any, at: str = "") -> str:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in [*old, *(name for name in new if name not in old)]:
            if old.get(name) != new.get(name):
                return _first_difference(old.get(name), new.get(name), f"{at}.{name}".lstrip("."))
    return f"{at} was {old!r}, is {new!r}"


def _of_descriptions(old: Description, new: Description) -> Iterator[Change]:
    known = {_shape(operation): operation for operation in new.operations}
    for operation in old.operations:
        later = known.get(_shape(operation))
        if later is None:
            yield Change("consumers", operation.name, "is gone")
        else:
            yield from _of_operations(operation, later, old, new)
    before = {_shape(operation) for operation in old.operations}
    for operation in new.operations:
        if _shape(operation) not in before:
            yield Change("nobody", operation.name, "is new")


def _shape(operation: Operation) -> tuple[str, str]:
    """An operation without the names of its path's parameters."""
    import re

    return operation.method, re.sub(r"\{[^}]*\}", "{}", operation.path)


def _of_operations(old: Operation, new: Operation, before: Description, after: Description) -> Iterator[Change]:
    had = {(parameter.name, parameter.where): parameter for parameter in old.parameters if parameter.where != "path"}
    for parameter in new.parameters:
        known = had.get((parameter.name, parameter.where))
        place = f"{new.name}: {parameter.where} {parameter.name}"
        if parameter.where != "path" and parameter.required and (known is None or not known.required):
            yield Change("consumers", place, "must be given from now on")
        elif known is not None:
            yield from _narrowed(
                place, before.resolved(known.schema), after.resolved(parameter.schema), before, after, 0
            )
    for name, where in had:
        if not any((each.name, each.where) == (name, where) for each in new.parameters):
            yield Change("nobody", f"{new.name}: {where} {name}", "is not looked at any more")
    yield from _of_bodies(old, new, before, after)
    yield from _of_answers(old, new, before, after)


def _of_bodies(old: Operation, new: Operation, before: Description, after: Description) -> Iterator[Change]:
    if new.body_required and not old.body_required:
        yield Change("consumers", f"{new.name}: request", "must have a body from now on")
    for media, schema in old.body.items():
        place = f"{new.name}: request"
        if media not in new.body:
            yield Change("consumers", place, f"{media} is not taken any more")
        else:
            yield from _narrowed(place, before.resolved(schema), after.resolved(new.body[media]), before, after, 0)


def _of_answers(old: Operation, new: Operation, before: Description, after: Description) -> Iterator[Change]:
    answers = {answer.status: answer for answer in new.answers}
    for answer in old.answers:
        place = f"{new.name} → {answer.status}"
        later = answers.pop(answer.status, None)
        if later is None:
            whom: Whom = "consumers" if answer.status.startswith(("2", "3", "d")) else "nobody"
            yield Change(whom, place, "is not promised any more")
            continue
        for name, (_, required) in answer.headers.items():
            if required and not later.headers.get(name, (None, False))[1]:
                yield Change("consumers", f"{place}: header {name}", "may be missing from now on")
        for media, schema in answer.media.items():
            if media not in later.media:
                yield Change("consumers", place, f"{media} is not answered any more")
            else:
                yield from _loosened(
                    place, before.resolved(schema), after.resolved(later.media[media]), before, after, 0
                )
    for status in answers:
        whom = "consumers" if status.startswith(("2", "3")) else "nobody"
        yield Change(whom, f"{new.name} → {status}", "may be answered from now on")


def _loosened(place: str, old: Any, new: Any, before: Description, after: Description, depth: int) -> Iterator[Change]:
    """What an answer does not promise any more."""
    if depth > 20 or not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return
    was, now = _types(old), _types(new)
    if was and (not now or not _within(now, was)):
        yield Change("consumers", place, f"was {_listed(was)}, is {_listed(now)}")
        return
    if (gone := _values(new) - _values(old)) and _values(old):
        yield Change("consumers", place, f"may be {', '.join(sorted(map(str, gone)))} from now on")
    required = set(new.get("required") or ())
    for name, schema in (old.get("properties") or {}).items():
        later = (new.get("properties") or {}).get(name)
        if later is None:
            yield Change("consumers", f"{place} .{name}", "is gone")
        elif name in (old.get("required") or ()) and name not in required:
            yield Change("consumers", f"{place} .{name}", "may be missing from now on")
        else:
            yield from _loosened(
                f"{place} .{name}", before.resolved(schema), after.resolved(later), before, after, depth + 1
            )
    yield from _loosened(
        f"{place} [*]", before.resolved(old.get("items")), after.resolved(new.get("items")), before, after, depth + 1
    )


def _narrowed(place: str, old: Any, new: Any, before: Description, after: Description, depth: int) -> Iterator[Change]:
    """What a request must do that it did not have to."""
    if depth > 20 or not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return
    was, now = _types(old), _types(new)
    if now and (not was or not _within(was, now)):
        yield Change("consumers", place, f"was {_listed(was)}, must be {_listed(now)}")
        return
    if _values(new) and (gone := (_values(old) - _values(new)) or (set() if _values(old) else {"anything else"})):
        yield Change("consumers", place, f"may not be {', '.join(sorted(map(str, gone)))} any more")
    for name in new.get("required") or ():
        if name not in (old.get("required") or ()):
            yield Change("consumers", f"{place} .{name}", "must be given from now on")
    for name, schema in (old.get("properties") or {}).items():
        later = (new.get("properties") or {}).get(name)
        if later is None and new.get("additionalProperties") is False:
            yield Change("consumers", f"{place} .{name}", "is not taken any more")
        elif later is not None:
            yield from _narrowed(
                f"{place} .{name}", before.resolved(schema), after.resolved(later), before, after, depth + 1
            )
    yield from _narrowed(
        f"{place} [*]", before.resolved(old.get("items")), after.resolved(new.get("items")), before, after, depth + 1
    )


def _types(schema: Mapping[str, Any]) -> set[str]:
    given = schema.get("type")
    return set(given) if isinstance(given, list) else {str(given)} if given else set()


def _within(inner: set[str], outer: set[str]) -> bool:
    """Whether every value of some types is one of the others; a whole number is a number."""
    return all(kind in outer or (kind == "integer" and "number" in outer) for kind in inner)


def _values(schema: Mapping[str, Any]) -> set[Any]:
    try:
        return set(schema.get("enum") or ()) | ({schema["const"]} if "const" in schema else set())
    except TypeError:
        return set()


def _listed(kinds: set[str]) -> str:
    return " or ".join(sorted(kinds)) or "anything"


def _of_both(contract: Contract, description: Description) -> Iterator[Change]:
    """What a consumer relies on and a description does not promise."""
    from simulator.contract.route import Routes

    routes: Routes[Operation] = Routes()
    compiled: dict[str, Validator] = {}
    for operation in description.operations:
        routes.add(operation.method, operation.path, operation)
    for interaction in contract.interactions:
        request, response = interaction.request, interaction.response
        if request is None or response is None:
            continue
        found = routes.find(request.method, request.path)
        if not found:
            yield Change("provider", interaction.title, f"{request.method} {request.path} is not described")
            continue
        demands = [demand_of_description(answer, description, compiled) for answer in found[0].answers]
        fitting = next((demand for demand in demands if demand.fits(response.status)), None)
        if fitting is None:
            yield Change("provider", interaction.title, f"{found[0].name} does not describe status {response.status}")
            continue
        for text in _undescribed(interaction, found[0], description):
            yield Change("provider", interaction.title, text)


def _undescribed(interaction: Interaction, operation: Operation, description: Description) -> Iterator[str]:
    """Fields that an interaction relies on and the description does not promise."""
    response = interaction.response
    assert response is not None
    answer = next(
        (each for each in operation.answers if each.status in (str(response.status), f"{response.status // 100}XX")),
        next((each for each in operation.answers if each.status == "default"), None),
    )
    if answer is None or response.body.state != "present" or not response.body.is_json:
        return
    schema = answer.media.get(response.body.media_type)
    if schema is None:
        yield f"{operation.name} does not describe {response.body.media_type}"
        return
    yield from _missing(response.body.json, schema, description, "body $", 0)


def _missing(value: Any, schema: Any, description: Description, place: str, depth: int) -> Iterator[str]:
    schema = description.resolved(schema)
    if depth > 20 or not isinstance(schema, Mapping):
        return
    for part in schema.get("allOf") or ():
        merged = description.resolved(part)
        schema = {
            **merged,
            **schema,
            "properties": {**(merged.get("properties") or {}), **(schema.get("properties") or {})},
        }
    if isinstance(value, Mapping):
        properties = schema.get("properties")
        for name, inner in value.items():
            if isinstance(properties, Mapping) and name not in properties:
                if schema.get("additionalProperties") in (None, False):
                    yield f"{place}.{name} is not described"
            elif isinstance(properties, Mapping):
                if name not in (schema.get("required") or ()):
                    yield f"{place}.{name} may be missing"
                yield from _missing(inner, properties[name], description, f"{place}.{name}", depth + 1)
    elif isinstance(value, list) and value and isinstance(schema.get("items"), Mapping):
        yield from _missing(value[0], schema["items"], description, f"{place}[*]", depth + 1)
