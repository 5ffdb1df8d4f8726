"""The life of a user that goes its own pace: a journey, a think time, the next journey.

It is Locust's task loop for users that have nothing but journeys, with two differences: a journey that has waited for
an answer gives way to nobody after it, and what comes too late for its pace is told.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from gevent import GreenletExit, get_hub, getcurrent, sleep

from simulator.engine.budget import Budget
from simulator.journey.mark import JourneyMark
from simulator.journey.perform import perform
from simulator.journey.unpatched import (
    LOCUST_STATE_RUNNING,
    LOCUST_STATE_STOPPING,
    LOCUST_STATE_WAITING,
    DefaultTaskSet,
    InterruptTaskSet,
    RescheduleTask,
    RescheduleTaskImmediately,
    StopTest,
    StopUser,
)


class Rounds:
    """What users of one class do again and again.

    Args:
        marks: their journeys.
        budget: how many journeys may begin.
    """

    def __init__(self, marks: Sequence[JourneyMark], budget: Budget) -> None:
        self._budget = budget
        self._marks = list(marks)
        self._weights = list(accumulate(mark.weight for mark in marks))

    def live(self, user: Any) -> None:
        """A user's whole life, as `User.run` of Locust."""
        user._state = LOCUST_STATE_RUNNING
        user._taskset_instance = DefaultTaskSet(user)  # for authors who call `self.wait()`
        try:
            user.on_start()
            self._go_on(user)
        except (GreenletExit, StopUser, StopTest):
            user.on_stop()

    def _go_on(self, user: Any) -> None:
        hub: Any = get_hub()
        weights, track, wait_time = self._weights, user.track, user.wait_time
        journeys = [(mark.name, mark.function.__get__(user)) for mark in self._marks]
        limited, may_begin = self._budget.limited, self._budget.take
        loop, turn = hub.loop, hub.loop.iteration
        while True:
            if user._state == LOCUST_STATE_STOPPING or (limited and not may_begin()):
                raise StopUser
            [(name, act)] = random.choices(journeys, cum_weights=weights) if len(journeys) > 1 else journeys
            try:
                perform(track, name, act)
            except RescheduleTaskImmediately:
                continue
            except (RescheduleTask, InterruptTaskSet):
                pass
            wait_s = wait_time()
            if wait_s > 0:
                _wait(user, wait_s)
                continue
            now = loop.iteration
            if now == turn:  # it has waited for nothing, so nobody else had a turn
                _give_way(hub)
            turn = now


def _give_way(hub: Any) -> None:
    """Let everybody else have a turn: answers that are there are read before anything new is sent."""
    callback = hub.loop.run_callback(getcurrent().switch)
    try:
        hub.switch()
    finally:
        callback.stop()


def _wait(user: Any, wait_s: float) -> None:
    if user._state == LOCUST_STATE_STOPPING:
        raise StopUser
    user._state = LOCUST_STATE_WAITING  # whoever waits may be stopped at once
    sleep(wait_s)
    if user._state == LOCUST_STATE_STOPPING:
        raise StopUser
    user._state = LOCUST_STATE_RUNNING
