"""Matching rules as Pact files have them, and back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from simulator.contract.matching.path import RulePath, parse_path
from simulator.contract.matching.rules import Matcher, RuleList, Rules
from simulator.contract.matching.value import KINDS
from simulator.errors import did_you_mean

_ALIASES = {"timestamp": "datetime", "real": "decimal", "content-type": "contentType", "min-type": "type",
            "max-type": "type", "min-max-type": "type", "each-key": "eachKey", "each-value": "eachValue",
            "array-contains": "arrayContains", "not-empty": "notEmpty", "status-code": "statusCode"}  # fmt: skip
_IMPLIED = (("regex", "regex"), ("min", "type"), ("max", "type"), ("timestamp", "datetime"), ("date", "date"),
            ("time", "time"), ("datetime", "datetime"))  # fmt: skip

Complain = Callable[[tuple[str | int, ...], str, str | None], None]
"""Notes a mistake: its path, what is wrong, what would be right."""


def read_rules(plain: Any, at: tuple[str | int, ...], complain: Complain, *, named: bool = False) -> Rules:
    """The rules of one category.

    Args:
        plain: as in the file: a list of matchers for the whole, or one for each path or name.
        at: where it stands.
        complain: notes mistakes.
        named: keys are names of header fields or parameters.
    """
    if plain in (None, {}):
        return Rules()
    if not isinstance(plain, Mapping):
        complain(at, "expected rules by their paths", None)
        return Rules()
    if isinstance(plain.get("matchers"), list):
        return Rules({parse_path("$"): _read_list(plain, at, complain)})
    found: dict[RulePath, RuleList] = {}
    for key, value in plain.items():
        try:
            path = parse_path(_quoted(key) if named and not key.startswith("$") else key or "$")
        except ValueError as error:
            complain((*at, key), str(error), None)
            continue
        found[path] = _read_list(value, (*at, key), complain)
    return Rules(found)


def _quoted(name: str) -> str:
    match = re.fullmatch(r"([^\[]+)\[(\d+|\*)\]", name)
    return f"$['{match[1]}'][{match[2]}]" if match else f"$['{name}']"


def _read_list(plain: Any, at: tuple[str | int, ...], complain: Complain) -> RuleList:
    if not isinstance(plain, Mapping) or not isinstance(plain.get("matchers"), list):
        complain(at, "expected {'matchers': […]}", None)
        return RuleList(())
    matchers = [read_matcher(each, (*at, "matchers", n), complain) for n, each in enumerate(plain["matchers"])]
    return RuleList(tuple(matcher for matcher in matchers if matcher), plain.get("combine") == "OR")


def read_matcher(plain: Any, at: tuple[str | int, ...], complain: Complain) -> Matcher | None:
    """One matcher; `None` when it makes no sense, which has been noted."""
    if not isinstance(plain, Mapping):
        complain(at, "expected a matcher like {'match': 'type'}", None)
        return None
    params = dict(plain)
    kind = params.pop("match", None) or next((kind for key, kind in _IMPLIED if key in params), "equality")
    kind = _ALIASES.get(kind, kind)
    if kind not in KINDS:
        complain(at, f"the matcher {kind!r} is not known", did_you_mean(str(kind), KINDS))
        return None
    if kind == "regex" and not _is_pattern(params.get("regex"), at, complain):
        return None
    if "rules" in params:
        params["rules"] = [read_matcher(each, (*at, "rules", n), complain) for n, each in enumerate(params["rules"])]
    if kind == "arrayContains":
        params["variants"] = [
            {**variant, "rules": read_rules(variant.get("rules"), (*at, "variants", n, "rules"), complain)}
            for n, variant in enumerate(params.get("variants") or ())
        ]
    return Matcher(kind, params)


def _is_pattern(pattern: Any, at: tuple[str | int, ...], complain: Complain) -> bool:
    try:
        re.compile(pattern)
    except (re.error, TypeError) as error:
        complain(at, f"{pattern!r} is no regular expression: {error}", None)
        return False
    return True


def plain_rules(rules: Rules, *, named: bool = False, whole: bool = False) -> dict[str, Any]:
    """Rules as a Pact file has them.

    Args:
        rules: of one category.
        named: keys are names of header fields or parameters.
        whole: there is one list for the whole, as for paths.
    """
    if whole:
        return next((_plain_list(found) for found in rules.by_path.values()), {})
    return {
        (path.steps[1] if named and len(path.steps) == 2 else path.text): _plain_list(found)
        for path, found in rules.by_path.items()
    }


def _plain_list(rules: RuleList) -> dict[str, Any]:
    return {"combine": "OR" if rules.any_of else "AND", "matchers": plain_matchers(rules.matchers)}


def plain_matchers(matchers: Iterable[Matcher]) -> list[dict[str, Any]]:
    """Matchers as a Pact file has them."""
    return [_plain_matcher(matcher) for matcher in matchers]


def _plain_matcher(matcher: Matcher) -> dict[str, Any]:
    params = dict(matcher.params)
    if "rules" in params:
        params["rules"] = plain_matchers(each for each in params["rules"] if each)
    if "variants" in params:
        params["variants"] = [{**v, "rules": plain_rules(v["rules"] or Rules())} for v in params["variants"]]
    return {"match": matcher.kind, **params}
