"""Users of the open model: idle ones take arrivals, the pool grows when there is none, up to a limit."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any

from gevent import get_hub, getcurrent

from simulator.engine.schedule import Arrival
from simulator.journey.unpatched import LOCUST_STATE_RUNNING, LOCUST_STATE_WAITING


class Pool:
    """Brings arrivals and users together.

    Args:
        clock: the run's.
        most_users: how many users it may grow to.
        spawn: makes one more user of a class live; called in the hub, it must not block.
        drop: called with each arrival that nobody can take.

    Attributes:
        planned: arrivals so far.
        started: how many of them became a journey.
        dropped: how many nobody could take.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        most_users: int,
        spawn: Callable[[str], None],
        drop: Callable[[Arrival], None],
    ) -> None:
        self._clock = clock
        self._most_users = most_users
        self._spawn = spawn
        self._drop = drop
        self._users = 0
        self._idle: dict[str, list[Any]] = defaultdict(list)
        self._waiting: dict[str, deque[Arrival]] = defaultdict(deque)
        self._worst_lag_s = 0.0
        self.planned = self.started = self.dropped = 0

    def offer(self, arrival: Arrival) -> None:
        """Find somebody for an arrival; called in the hub."""
        self.planned += 1
        idle = self._idle[arrival.user]
        if idle:
            idle.pop().switch(arrival)  # runs until the user first waits
        elif self._users < self._most_users:
            self._users += 1
            self._waiting[arrival.user].append(arrival)
            self._spawn(arrival.user)
        else:
            self._lose(arrival)

    def take(self, user: Any, name: str) -> Arrival:
        """The next arrival for this user; blocks until there is one."""
        waiting = self._waiting[name]
        arrival: Arrival = waiting.popleft() if waiting else self._wait(user, self._idle[name])
        self.started += 1
        self._worst_lag_s = max(self._worst_lag_s, self._clock() - arrival.planned_s)
        return arrival

    def leave(self, name: str) -> None:
        """A user of this class is gone; arrivals that only it could have taken are lost."""
        self._users -= 1
        waiting = self._waiting[name]
        if waiting:
            self._lose(waiting.popleft())

    def close(self) -> None:
        """The run ends: arrivals that still wait for a user are lost."""
        for waiting in self._waiting.values():
            while waiting:
                self._lose(waiting.popleft())

    def worst_lag_s(self) -> float:
        """How late the latest journey began since this was asked last, in seconds."""
        worst_s, self._worst_lag_s = self._worst_lag_s, 0.0
        return worst_s

    def _wait(self, user: Any, idle: list[Any]) -> Arrival:
        me = getcurrent()
        idle.append(me)
        user._state = LOCUST_STATE_WAITING  # idle users may be stopped at once
        try:
            arrival: Arrival = get_hub().switch()
        except BaseException:
            idle.remove(me)  # whoever is given an arrival has been taken out already
            raise
        finally:
            user._state = LOCUST_STATE_RUNNING
        return arrival

    def _lose(self, arrival: Arrival) -> None:
        self.dropped += 1
        self._drop(arrival)
