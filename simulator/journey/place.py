"""Places of a journey, and the series that what happens there counts into."""

from __future__ import annotations

from simulator.record.recorder import Buffer, Recorder
from simulator.record.sample import Level, SeriesKey

JOURNEY = "journey"
"""The kind of steps and journeys; operations say by what means they act."""

MOST_NAMES = 1000
"""So many names are remembered in one place; the recorder folds what is more than it can carry, we only forget."""


class Place:
    """A journey, or a step of one, of a user class; shared by all users of that class.

    Attributes:
        own: where the step's or the journey's own times go.
        operations: (name, kind) → where an operation's times go, see `operation`; filled as they are first seen.
        steps: name → the step of that name inside this journey; filled as steps are first seen.
        step: the step's name; empty text for the journey itself.
        traced_from_s: from this moment of the clock on, the next journey of this name is traced.
    """

    __slots__ = ("_recorder", "journey", "operations", "own", "step", "steps", "traced_from_s", "user")

    def __init__(self, recorder: Recorder, user: str, journey: str, step: str = "") -> None:
        self._recorder = recorder
        self.user = user
        self.journey = journey
        self.step = step
        self.own = recorder.buffer(self.key("step" if step else "journey"))
        self.operations: dict[tuple[str, str], tuple[Buffer | None, Buffer]] = {}
        self.steps: dict[str, Place] = {}
        self.traced_from_s = 0.0

    def key(self, level: Level, name: str = "", kind: str = JOURNEY) -> SeriesKey:
        """The key of a series of this place, in the present phase."""
        return SeriesKey(level, self.user, self.journey, self.step, name, kind, "")

    def operation(self, name: str, kind: str) -> tuple[Buffer | None, Buffer]:
        """Where the times of an operation go: as those of a step, `None` when it is in one; and as its own.

        Outside of any step it is a step of its own.
        """
        found = self.operations.get((name, kind))
        if found is None:
            if len(self.operations) >= MOST_NAMES:
                self.operations.clear()
            step = self if self.step else self.at(name)
            own = self._recorder.buffer(step.key("operation", name, kind))
            found = self.operations[name, kind] = (None if self.step else step.own, own)
        return found

    def at(self, step: str) -> Place:
        """The step of that name in the same journey."""
        place = self.steps.get(step)
        if place is None:
            if len(self.steps) >= MOST_NAMES:
                self.steps.clear()
            place = self.steps[step] = Place(self._recorder, self.user, self.journey, step)
            place.steps = self.steps  # a step inside a step is one more step of the same journey
        return place


class Map:
    """All places of the users of one process, made as users first come there."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self._journeys: dict[tuple[str, str], Place] = {}

    def journey(self, user: str, journey: str) -> Place:
        """The journey of a user class."""
        place = self._journeys.get((user, journey))
        if place is None:
            place = self._journeys[user, journey] = Place(self.recorder, user, journey)
        return place
