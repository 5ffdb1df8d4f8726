"""A simulated person who acts through the API: a Locust user."""

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

    def __call__(self, user: ApiUser) -> None:
        user.perform(self.mark)


class ApiUser(Serviced, Person, User):
    """Acts through the HTTP API. `weight`, `fixed_count`, `wait_time`, `host`, `on_start`, `on_stop` as in Locust.

    Attributes:
        client: its HTTP client.
        number: unique among the users of a run, from 0.
    """

    simulator_kind: ClassVar[str] = "api"
    abstract = True

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        stage = Stage.of(environment)
        name = getattr(self, "simulator_name", type(self).__name__)
        self.number = next(stage.numbers)
        self.surroundings = stage.surroundings
        self.slipped = stage.slips.add
        self.track = Track(stage.places, name, through=STEERING)
        self.client = HttpClient(self.host or "", self.track, stage.wire(), stage.teller(self))
        self.client.headers[USER_HEADER] = f"{name}-{self.number}"
        for setting, value in stage.client.items():
            setattr(self.client, setting, value)
        self.log = logging.getLogger(f"simulator.user.{name}")

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.tasks = [*_other_tasks(cls.tasks), *weighted_tasks(journeys_of(cls).values())]

    def perform(self, mark: JourneyMark, planned_s: float | None = None, phase: str = "") -> bool:
        """Go on a journey; see `simulator.journey.perform`."""
        return perform(self.track, mark.name, lambda: mark.function(self), planned_s, phase)


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
