"""One thing that can be planned: a journey of a user class, with everything that decides when it runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from simulator.journey.about import About
from simulator.plan.cast import Cast

DEFAULT_DURATION_S = 5.0


@dataclass(frozen=True)
class Item:
    """A journey to be planned.

    Attributes:
        name: `Shopper.buy_a_lamp`, unique in a catalogue.
        user: its user class.
        journey: its own name.
        kind: how its user acts: api, browser, component, locust, contract.
        tags: for selection.
        about: level, owner, dependencies and the rest.
        file: where it is written.
        line: where it is written.
        duration_s: how long it took lately, or a guess.
        failure_share: how often it failed lately, 0 to 1; a journey never run counts as even.
        last: `failed` or `passed` in its newest run, empty text when there is none.
    """

    name: str
    user: str
    journey: str
    kind: str = "api"
    tags: frozenset[str] = frozenset()
    about: About = About()
    file: str = ""
    line: int = 0
    duration_s: float = DEFAULT_DURATION_S
    failure_share: float = 0.5
    last: str = ""

    def answers_to(self, name: str) -> bool:
        """Whether somebody who says this name means this item."""
        return name in (self.name, self.journey)


def items_of(cast: Cast) -> list[Item]:
    """Every journey of a cast, in the order of files and classes."""
    return [
        Item(
            name=f"{user.name}.{journey.name}",
            user=user.name,
            journey=journey.name,
            kind=user.kind,
            tags=journey.tags,
            about=journey.about,
            file=journey.file,
            line=journey.line,
        )
        for user in cast.users
        for journey in user.journeys
    ]


def total_s(items: Iterable[Item]) -> float:
    """How long these take one after the other, in seconds."""
    return sum(item.duration_s for item in items)
