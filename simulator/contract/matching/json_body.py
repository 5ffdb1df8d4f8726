"""A JSON body against its example."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from simulator.contract.matching.mismatch import Mismatch, told
from simulator.contract.matching.path import Place, shown
from simulator.contract.matching.rules import Matcher, RuleList, Rules
from simulator.contract.matching.value import complaints, kind_of, size_complaints

TYPES = ("type",)


def json_mismatches(expected: Any, actual: Any, rules: Rules, *, strict: bool, part: str = "body") -> list[Mismatch]:
    """Where a value differs from its example.

    Args:
        expected: the example.
        actual: what came.
        rules: how it may differ.
        strict: fields that the example does not have are differences, as in requests.
        part: what the value is, for messages.
    """
    return list(_Comparison(rules, strict, part).compare(("$",), expected, actual))


class _Comparison:
    def __init__(self, rules: Rules, strict: bool, part: str) -> None:
        self._rules, self._strict, self._part = rules, strict, part

    def compare(self, place: Place, expected: Any, actual: Any) -> Iterator[Mismatch]:
        rules = self._rules.at(place)
        if isinstance(expected, dict) and isinstance(actual, dict):
            yield from self._mappings(place, expected, actual, rules)
        elif isinstance(expected, list) and isinstance(actual, list):
            yield from self._lists(place, expected, actual, rules)
        elif rules or not isinstance(expected, (dict, list)):
            yield from self._told(place, complaints(rules, expected, actual))
        else:
            wanted = kind_of(expected)
            yield self._mismatch(place, f"expected a {wanted}, found {kind_of(actual)}: {told(actual)}")

    def _mappings(
        self, place: Place, expected: dict[str, Any], actual: dict[str, Any], rules: RuleList
    ) -> Iterator[Mismatch]:
        yield from self._told(place, _of_collection(rules, expected, actual))
        each_key, each_value = rules.of("eachKey"), rules.of("eachValue")
        if each_key or each_value:
            yield from self._each(place, expected, actual, each_key, each_value)
            return
        if rules.of("values"):
            example = next(iter(expected.values()), None)
            for name, value in actual.items():
                yield from self.compare((*place, name), expected.get(name, example), value)
            return
        for name in expected:
            if name not in actual:
                yield self._mismatch((*place, name), f"expected {told(expected[name])}, but it is missing")
            else:
                yield from self.compare((*place, name), expected[name], actual[name])
        if self._strict and expected:
            for name in actual.keys() - expected.keys():
                yield self._mismatch((*place, name), f"unexpected: {told(actual[name])}")

    def _each(
        self, place: Place, expected: dict[str, Any], actual: dict[str, Any],
        keys: tuple[Matcher, ...], values: tuple[Matcher, ...],
    ) -> Iterator[Mismatch]:  # fmt: skip
        example = next(iter(expected.values()), None)
        for name, value in actual.items():
            here = (*place, name)
            for matcher in keys:
                inner = RuleList(tuple(matcher["rules"] or ()))
                wrong = complaints(inner, matcher["value"] or next(iter(expected), ""), name) if inner else []
                yield from (self._mismatch(here, f"its name: {text}") for text in wrong)
            for matcher in values:
                yield from self._value(here, expected.get(name, example), value, matcher)
            if not values and name in expected:
                yield from self.compare(here, expected[name], value)

    def _value(self, place: Place, expected: Any, actual: Any, matcher: Matcher) -> Iterator[Mismatch]:
        inner = RuleList(tuple(matcher["rules"] or ()))
        if inner and not isinstance(actual, (dict, list)):
            yield from self._told(place, complaints(inner, expected, actual))
        elif inner and kind_of(expected) != kind_of(actual):
            yield from self._told(place, complaints(RuleList((Matcher("type"),)), expected, actual))
        else:
            yield from self.compare(place, expected, actual)

    def _lists(self, place: Place, expected: list[Any], actual: list[Any], rules: RuleList) -> Iterator[Mismatch]:
        variants = rules.of("arrayContains")
        if variants:
            for matcher in variants:
                yield from self._contains(place, expected, actual, matcher)
            return
        yield from self._told(place, _of_collection(rules, expected, actual))
        values = rules.of("eachValue")
        if values:
            for at, value in enumerate(actual):
                for matcher in values:
                    yield from self._value(
                        (*place, str(at)), expected[min(at, len(expected) - 1)] if expected else None, value, matcher
                    )
        elif rules.of(*TYPES) and expected:
            for at, value in enumerate(actual):
                example = expected[at] if at < len(expected) else expected[0]
                yield from self.compare((*place, str(at)), example, value)
        elif not rules.of(*TYPES):
            yield from self._in_order(place, expected, actual, rules)

    def _in_order(self, place: Place, expected: list[Any], actual: list[Any], rules: RuleList) -> Iterator[Mismatch]:
        if len(expected) != len(actual) and not rules:
            yield self._mismatch(place, f"expected {len(expected)} elements, found {len(actual)}")
        for at, (example, value) in enumerate(zip(expected, actual, strict=False)):
            yield from self.compare((*place, str(at)), example, value)

    def _contains(self, place: Place, expected: list[Any], actual: list[Any], matcher: Matcher) -> Iterator[Mismatch]:
        variants = matcher["variants"] or [{"index": at, "rules": None} for at in range(len(expected))]
        for variant in variants:
            at = variant["index"]
            example = expected[at] if at < len(expected) else None
            inner = _Comparison(variant["rules"] or Rules(), self._strict, self._part)
            if all(any(inner.compare(("$",), example, value)) for value in actual):
                yield self._mismatch(place, f"expected an element like {told(example)} in it, found none")

    def _told(self, place: Place, texts: list[str]) -> Iterator[Mismatch]:
        return (self._mismatch(place, text) for text in texts)

    def _mismatch(self, place: Place, text: str) -> Mismatch:
        return Mismatch(f"{self._part} {shown(place)}", text)


def _of_collection(rules: RuleList, expected: Any, actual: Any) -> list[str]:
    """What is wrong with a list or a mapping as a whole."""
    if rules.inherited:
        return []
    found = [_by(matcher, expected, actual) for matcher in rules.matchers]
    return [] if rules.any_of and not all(found) else [text for each in found for text in each]


def _by(matcher: Matcher, expected: Any, actual: Any) -> list[str]:
    if matcher.kind in TYPES:
        return list(size_complaints(matcher, actual))
    return complaints(RuleList((matcher,)), expected, actual)
