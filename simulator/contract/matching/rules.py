"""Matching rules of a message: which matchers apply at a place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from simulator.contract.matching.path import Place, RulePath, parse_path

STRUCTURAL = frozenset({"values", "eachKey", "eachValue", "arrayContains"})
"""Matchers of a collection that say nothing about what lies deeper in it."""


@dataclass(frozen=True)
class Matcher:
    """One way in which a value may differ from its example.

    Attributes:
        kind: `type`, `regex`, `integer` … as in the Pact specification.
        params: what it needs: `regex`, `min`, `max`, `format`, `value`, `status`, `rules`, `variants`.
    """

    kind: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        return self.params.get(name)


@dataclass(frozen=True)
class RuleList:
    """The matchers of one path.

    Attributes:
        matchers: in order.
        any_of: one of them is enough; otherwise all must agree.
        inherited: they come from a place further up, whose size limits do not count here.
    """

    matchers: tuple[Matcher, ...]
    any_of: bool = False
    inherited: bool = False

    def of(self, *kinds: str) -> tuple[Matcher, ...]:
        """The matchers of these kinds."""
        return tuple(matcher for matcher in self.matchers if matcher.kind in kinds)

    def __bool__(self) -> bool:
        return bool(self.matchers)


NO_RULES = RuleList(())


@dataclass(frozen=True)
class Rules:
    """The rules of one part of a message: its body, its headers, its query, its path.

    Attributes:
        by_path: path → matchers. Names of header fields and of query parameters are paths `$['name']`.
    """

    by_path: Mapping[RulePath, RuleList] = field(default_factory=dict)

    def at(self, place: Place) -> RuleList:
        """The matchers of the path that fits a place best; those of a path further up hold below it, too."""
        best, found = (0, 0), None
        for path in self.by_path:
            weight = (path.weight(place), len(path.steps))
            if weight[0] and weight > best:
                best, found = weight, path
        if found is None:
            return NO_RULES
        rules = self.by_path[found]
        if len(found.steps) == len(place):
            return rules
        return RuleList(
            tuple(matcher for matcher in rules.matchers if matcher.kind not in STRUCTURAL), rules.any_of, inherited=True
        )

    def __bool__(self) -> bool:
        return bool(self.by_path)


NOTHING = Rules()


def rules_of(paths: Mapping[str, Iterable[Matcher]]) -> Rules:
    """Rules from paths and their matchers, all of which must agree.

    Raises:
        ValueError: a path cannot be read.
    """
    return Rules({parse_path(path): RuleList(tuple(matchers)) for path, matchers in paths.items()})
