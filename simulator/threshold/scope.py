"""What a threshold looks at: names with shell wildcards, and the names that exist."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import NamedTuple

from simulator.record.sample import SeriesKey


class Pattern(NamedTuple):
    """A name, or a shell wildcard, with the place where it is written."""

    text: str
    line: int
    column: int

    def fits(self, name: str) -> bool:
        """Whether it stands for this name."""
        return self.text == name or fnmatchcase(name, self.text)


Scope = Mapping[str, tuple[Pattern, ...]]
"""Scope word (`journey`, `step` …) → patterns, of which one must fit. An empty scope is the whole run."""


@dataclass(frozen=True)
class KnownNames:
    """The names that can occur in a run, as far as they are known before it.

    Attributes:
        users: user classes.
        journeys: journeys of all of them.
        tags: tags of all journeys.
        kinds: kinds of operations.
        phases: phases of the load.
        services: services of the environment.
        steps: names of steps; `None` when some are only known once they happen.
        requests: names of operations; `None` when they are only known once they happen.
        journeys_of_tag: tag → journeys that carry it.
    """

    users: Collection[str] = frozenset()
    journeys: Collection[str] = frozenset()
    tags: Collection[str] = frozenset()
    kinds: Collection[str] = ("http", "browser", "message", "database", "call", "resource", "journey")
    phases: Collection[str] = frozenset()
    services: Collection[str] = frozenset()
    steps: Collection[str] | None = None
    requests: Collection[str] | None = None
    journeys_of_tag: Mapping[str, Collection[str]] = field(default_factory=dict)

    def of(self, word: str) -> Collection[str] | None:
        """The names that a scope word can take; `None` when they are not known."""
        names: Collection[str] | None = getattr(self, f"{word}s")
        return names


def fits(patterns: Iterable[Pattern], name: str) -> bool:
    """Whether one of the patterns stands for the name."""
    return any(pattern.fits(name) for pattern in patterns)


def fits_key(scope: Scope, key: SeriesKey, names: KnownNames) -> bool:
    """Whether a series lies in the scope, its phase left aside."""
    parts = {"journey": key.journey, "step": key.step, "request": key.name, "user": key.user, "kind": key.kind}
    if any(word in scope and not fits(scope[word], part) for word, part in parts.items()):
        return False
    return "tag" not in scope or key.journey in journeys_tagged(scope["tag"], names)


def journeys_tagged(patterns: Iterable[Pattern], names: KnownNames) -> set[str]:
    """The journeys that carry one of the tags."""
    tagged = [journeys for tag, journeys in names.journeys_of_tag.items() if fits(patterns, tag)]
    return {journey for journeys in tagged for journey in journeys}


def shown(scope: Scope) -> dict[str, str]:
    """The scope as plain text, lists joined by commas."""
    return {word: ", ".join(pattern.text for pattern in patterns) for word, patterns in scope.items()}
