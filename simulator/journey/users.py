"""Simulated people who live in this process, as Locust users; and the one who acts through the API."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, ClassVar

from simulator.journey.http.client import HttpClient
from simulator.journey.mark import MARK, TASK_WEIGHT, JourneyMark, journeys_of
from simulator.journey.perform import perform
from simulator.journey.person import Person
from simulator.journey.serviced import Serviced
from simulator.journey.stage import Stage
from simulator.journey.track import Track
from simulator.journey.unpatched import (
    InterruptTaskSet,
    RescheduleTask,
    RescheduleTaskImmediately,
    StopTest,
    StopUser,
    User,
)

STEERING = (StopUser, StopTest, InterruptTaskSet, RescheduleTask, RescheduleTaskImmediately)
"""Exceptions by which authors steer Locust users; none of them is a failure."""

USER_HEADER = "X-Simulator-User"
"""Tells virtual services which simulated user asks, so that each has a state of its own."""


class JourneyTask:
    """A journey as the task that Locust picks."""

    def __init__(self, mark: JourneyMark) -> None:
        self.mark = mark
        self.__name__ = mark.name
        self.locust_tag_set = set(mark.tags)

    def __call__(self, user: Actor) -> None:
        user.perform(self.mark)


def weighted_tasks(marks: Any) -> list[JourneyTask]:
    """Journeys as often as they weigh, for Locust to pick from."""
    return [task for mark in marks for task in [JourneyTask(mark)] * mark.weight]


def _other_tasks(tasks: list[Any]) -> list[Callable[..., Any]]:
    """Locust's task sets stay as they are; plain functions of a `tasks` list become journeys of their own."""
    kept: list[Callable[..., Any]] = []
    for task in tasks:
        if isinstance(task, type):
            kept.append(task)
        elif not isinstance(task, JourneyTask) and not hasattr(task, MARK) and not hasattr(task, TASK_WEIGHT):
            kept.append(JourneyTask(JourneyMark(task.__name__, 1, frozenset(), task)))
    return kept


class Actor(Serviced, Person, User):
    """Lives in this process. `weight`, `fixed_count`, `wait_time`, `host`, `on_start`, `on_stop` as in Locust.

    Attributes:
        number: unique among the users of a run, from 0.
    """

    abstract = True

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self._stage = stage = Stage.of(environment)
        name = getattr(self, "simulator_name", type(self).__name__)
        self.number = next(stage.numbers)
        self.surroundings = stage.surroundings
        self.slipped = stage.slips.add
        self.track = Track(stage.places, name, through=STEERING)
        self.log = logging.getLogger(f"simulator.user.{name}")

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.tasks = [*_other_tasks(cls.tasks), *weighted_tasks(journeys_of(cls).values())]

    def perform(self, mark: JourneyMark, planned_s: float | None = None, phase: str = "") -> bool:
        """Go on a journey; see `simulator.journey.perform`."""
        return perform(self.track, mark.name, lambda: mark.function(self), planned_s, phase)


class ApiUser(Actor):
    """Acts through the HTTP API.

    Attributes:
        client: its HTTP client.
    """

    simulator_kind: ClassVar[str] = "api"
    abstract = True

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self.client = HttpClient(self.host or "", self.track, self._stage.wire(), *self._stage.teller(self))
        self.client.headers[USER_HEADER] = f"{self.track.user}-{self.number}"
        for setting, value in self._stage.client.items():
            setattr(self.client, setting, value)
