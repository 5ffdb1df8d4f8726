"""What is compared: the whole run, a journey, one of its steps, or an operation inside a step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Literal, NamedTuple

from simulator.record.sample import SeriesKey

Level = Literal["run", "journey", "step", "operation"]
LEVELS = ("journey", "step", "operation")
WHOLE_RUN = "all journeys"


class Subject(NamedTuple):
    """Something that both sides of a comparison measured; empty text where a part does not apply.

    Attributes:
        user: the user class.
        journey: the journey's name.
        step: the step's name.
        name: the operation's name.
    """

    user: str
    journey: str
    step: str = ""
    name: str = ""

    @property
    def level(self) -> Level:
        """Whether it is a journey, a step or an operation; the whole run is none of them."""
        if self.name:
            return "operation"
        if self.step:
            return "step"
        return "journey" if self.user or self.journey else "run"

    @property
    def title(self) -> str:
        """Its name for readers: `buy_a_lamp › pay › POST /api/orders`."""
        return " › ".join(filter(None, (self.journey or self.user, self.step, self.name))) or WHOLE_RUN

    def holds(self, other: Subject) -> bool:
        """Whether the other lies directly in it: a step in a journey, an operation in a step."""
        if self.level == "run":
            return other.level == "journey"
        if self.level == "journey":
            return other.level == "step" and other[:2] == self[:2]
        return self.level == "step" and other.level == "operation" and other[:3] == self[:3]


EVERYTHING = Subject("", "")
"""All journeys of a run together."""


def subject_of(key: SeriesKey) -> Subject:
    """What a series is a series of, its phase left aside."""
    step = key.step if key.level in ("step", "operation") else ""
    return Subject(key.user, key.journey, step, key.name if key.level == "operation" else "")


def by_subject(keys: Iterable[SeriesKey]) -> dict[Subject, list[SeriesKey]]:
    """The series of each subject, subjects in order, journeys before their steps before their operations."""
    found: dict[Subject, list[SeriesKey]] = defaultdict(list)
    for key in keys:
        if key.level in LEVELS:
            found[subject_of(key)].append(key)
    return {subject: sorted(found[subject]) for subject in sorted(found)}
