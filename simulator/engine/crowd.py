"""The users that are alive: as many of each class as a phase asks for, as quickly as it says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any

import gevent

from simulator.engine.share import in_turns
from simulator.journey.unpatched import LOCUST_STATE_STOPPING

LOOK_EVERY_S = 1.0
CUT_OFF_WITHIN_S = 2.0


class Crowd:
    """Spawns users into Locust's runner, and stops them.

    Args:
        runner: Locust's.
        left: called with the class name of each user that is gone.
        unborn: called with a class name and what its constructor raised.
    """

    def __init__(self, runner: Any, left: Callable[[str], None], unborn: Callable[[str, Exception], None]) -> None:
        self._runner = runner
        self._classes: dict[str, Any] = runner.user_classes_by_name
        self._left = left
        self._unborn = unborn
        self._aim: Mapping[str, int] = {}
        self._fallen: Counter[str] = Counter()
        self._keeper: Any = None

    def aim(self, counts: Mapping[str, int], spawn_per_s: float | None) -> None:
        """From now on so many users of each class live.

        Args:
            counts: class name → how many; classes that are missing get none.
            spawn_per_s: how many are spawned a second; `None` for all at once.
        """
        if self._keeper is not None:
            self._keeper.kill()
        self._aim = counts
        self._fallen.clear()
        alive = self._staying()
        for name, users in alive.items():
            for user in users[counts.get(name, 0) :]:
                gevent.spawn(user.stop, force=False)
        missing = Counter({name: count - len(alive.get(name, ())) for name, count in counts.items()})
        self._runner.target_user_count = sum(counts.values())
        self._keeper = gevent.spawn(self._keep, +missing, spawn_per_s)

    def spawn(self, name: str) -> None:
        """One more user of this class lives soon; may be called in the hub."""
        gevent.spawn(self._spawn, name)

    def alive(self) -> dict[str, int]:
        """Class name → how many users live."""
        return dict(Counter(type(user).__name__ for user in self._users()))

    def stop(self, within_s: float, hurry: Callable[[], bool]) -> None:
        """Stop everybody: who waits at once, who is on a journey at its end; then cut off who is left.

        Args:
            within_s: how long journeys may take to finish.
            hurry: whether to cut off at once, asked again and again.
        """
        if self._keeper is not None:
            self._keeper.kill()
        deadline_s = monotonic() + within_s
        asked: set[Any] = set()
        while self._runner.user_greenlets and monotonic() < deadline_s and not hurry():
            for user in self._users():
                if user not in asked and user._state != LOCUST_STATE_STOPPING:
                    asked.add(user)
                    gevent.spawn(user.stop, force=False)
            self._runner.user_greenlets.join(timeout=0.05)
        self._runner.user_greenlets.kill(block=True, timeout=CUT_OFF_WITHIN_S)
        self._runner.user_greenlets.kill(block=True, timeout=CUT_OFF_WITHIN_S)  # those that hang in `on_stop`

    def _keep(self, missing: Mapping[str, int], spawn_per_s: float | None) -> None:
        began_s = monotonic()
        for at, name in enumerate(in_turns(missing)):
            if spawn_per_s:
                gevent.sleep(max(0.0, began_s + at / spawn_per_s - monotonic()))
            self._spawn(name)
        self._complete()
        while True:  # users that could not start are tried again
            gevent.sleep(LOOK_EVERY_S)
            fallen, self._fallen = self._fallen, Counter()
            for name in fallen.elements():
                self._spawn(name)

    def _complete(self) -> None:
        """Tell the author's listeners that everybody lives who shall live."""
        self._runner.target_user_classes_count = dict(self._aim)
        self._runner.environment.events.spawning_complete.fire(user_count=sum(self._aim.values()))

    def _spawn(self, name: str) -> None:
        try:
            # as `runner.spawn_users` does it, which looks at every living user for each new one
            user = self._classes[name](self._runner.environment)
            user.start(self._runner.user_greenlets)
        except Exception as error:
            self._left(name)
            self._unborn(name, error)
            return
        user.greenlet.link(lambda greenlet: self._gone(user, name))

    def _gone(self, user: Any, name: str) -> None:
        if getattr(user, "simulator_fell", False) and name in self._aim:
            self._fallen[name] += 1
        self._left(name)

    def _users(self) -> list[Any]:
        return [greenlet.args[0] for greenlet in self._runner.user_greenlets if greenlet.args]

    def _staying(self) -> dict[str, list[Any]]:
        """Users of the closed model that nobody has asked to stop, by class name."""
        found: dict[str, list[Any]] = {}
        for user in self._users():
            name = type(user).__name__
            if user._state != LOCUST_STATE_STOPPING and name == user.simulator_name:
                found.setdefault(name, []).append(user)
        return found
