"""Locust's `LoadTestShape`: a journey file's own course of the closed model."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

import gevent

from simulator.journey.unpatched import LoadTestShape
from simulator.plan.cast import Cast
from simulator.plan.load import spread

TICK_EVERY_S = 1.0
PHASE = "shape"
"""The name of the one phase of a run that follows a shape."""

Aim = Callable[[Mapping[str, int], float | None], None]


def shape_of(cast: Cast) -> type[Any] | None:
    """The load shape that the journey files of a cast define; of several the last one, as in Locust."""
    found = None
    for module in {cls.__module__: None for cls in cast.classes.values()}:
        for value in vars(sys.modules[module]).values():
            if isinstance(value, type) and issubclass(value, LoadTestShape) and value is not LoadTestShape:
                found = found if vars(value).get("abstract", False) else value
    return found


class Shaped:
    """Asks a shape every second how many users shall live.

    Args:
        shape: the author's class.
        runner: Locust's, which shapes may look at.
        cast: who can live.
        aim: makes so many of each class live, so many new ones a second.

    Attributes:
        over: the shape has come to its end.
    """

    def __init__(self, shape: type[Any], runner: Any, cast: Cast, aim: Aim) -> None:
        self.over = False
        self._shape = shape()
        self._shape.runner = runner
        self._cast, self._aim = cast, aim
        self._last: Any = None
        self._greenlet: Any = None

    def begin(self) -> None:
        """Second 0 of the shape is now."""
        self._shape.reset_time()
        self._greenlet = gevent.spawn(self._follow)

    def end(self) -> None:
        """Ask no more."""
        if self._greenlet is not None:
            self._greenlet.kill()

    def again(self) -> None:
        """What was asked for last is asked for again."""
        if self._last:
            self._live(self._last)

    def _follow(self) -> None:
        while (tick := self._shape.tick()) is not None:
            if tick != self._last:
                self._last = tick
                self._live(tick)
            gevent.sleep(TICK_EVERY_S)
        self.over = True

    def _live(self, tick: Any) -> None:
        count, spawn_per_s, *classes = tick
        wanted = {cls.__name__ for cls in classes[0]} if classes and classes[0] else None
        users = tuple(user for user in self._cast.users if wanted is None or user.name in wanted)
        self._aim({name: many for name, many in spread(count, users).items() if many}, spawn_per_s or None)
