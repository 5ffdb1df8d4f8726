"""An XML body against its example: names, attributes, children by their names, text."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from simulator.contract.matching.mismatch import Mismatch
from simulator.contract.matching.path import Place, shown
from simulator.contract.matching.rules import Rules
from simulator.contract.matching.value import complaints, size_complaints


def xml_mismatches(expected: bytes, actual: bytes, rules: Rules, *, strict: bool) -> list[Mismatch]:
    """Where a document differs from its example.

    Args:
        expected: the example.
        actual: what came.
        rules: how it may differ.
        strict: elements and attributes that the example does not have are differences, as in requests.
    """
    try:
        wanted, found = ElementTree.fromstring(expected), ElementTree.fromstring(actual)
    except ElementTree.ParseError as error:
        return [Mismatch("body", f"is no XML: {error}")]
    return list(_Comparison(rules, strict).elements(("$", _name(wanted)), wanted, found))


class _Comparison:
    def __init__(self, rules: Rules, strict: bool) -> None:
        self._rules, self._strict = rules, strict

    def elements(self, place: Place, expected: Element, actual: Element) -> Iterator[Mismatch]:
        if _name(expected) != _name(actual):
            yield _at(place, f"expected <{_name(expected)}>, found <{_name(actual)}>")
            return
        yield from self._attributes(place, expected, actual)
        yield from self._children(place, expected, actual)
        yield from self._text((*place, "#text"), (expected.text or "").strip(), (actual.text or "").strip())

    def _attributes(self, place: Place, expected: Element, actual: Element) -> Iterator[Mismatch]:
        for name, value in expected.attrib.items():
            here = (*place, f"@{name}")
            if name not in actual.attrib:
                yield _at(here, f"expected {value!r}, but it is missing")
            else:
                yield from self._text(here, value, actual.attrib[name])
        if self._strict:
            for name in actual.attrib.keys() - expected.attrib.keys():
                yield _at((*place, f"@{name}"), f"unexpected: {actual.attrib[name]!r}")

    def _children(self, place: Place, expected: Element, actual: Element) -> Iterator[Mismatch]:
        for text in self._sizes(place, actual):
            yield _at(place, text)
        names = dict.fromkeys(_name(child) for child in expected)
        for name in names:
            wanted = [child for child in expected if _name(child) == name]
            found = [child for child in actual if _name(child) == name]
            yield from self._alike((*place, name), wanted, found)
        if self._strict or (names and self._rules.at(place)):
            for child in actual:
                if _name(child) not in names:
                    yield _at((*place, _name(child)), "unexpected")

    def _sizes(self, place: Place, actual: Element) -> Iterator[str]:
        rules = self._rules.at(place)
        if not rules.inherited:
            for matcher in rules.of("type"):
                yield from size_complaints(matcher, list(actual))

    def _alike(self, place: Place, expected: list[Element], actual: list[Element]) -> Iterator[Mismatch]:
        """Children of one name: as many as the example has, unless a rule says that more may come."""
        many = bool(self._rules.at(place).of("type"))
        if not many and (len(actual) < len(expected) or (self._strict and len(actual) > len(expected))) or not actual:
            yield _at(place, f"expected {len(expected)} of it, found {len(actual)}")
        for at, child in enumerate(actual):
            if at < len(expected) or many:
                yield from self.elements(place, expected[min(at, len(expected) - 1)], child)

    def _text(self, place: Place, expected: str, actual: str) -> Iterator[Mismatch]:
        rules = self._rules.at(place)
        if place[-1] == "#text" and expected == actual == "":
            return
        for text in complaints(rules, expected, actual, textual=True):
            yield _at(place, text)


def _name(element: Element) -> str:
    return element.tag


def _at(place: Place, text: str) -> Mismatch:
    return Mismatch(f"body {shown(place)}", text)
