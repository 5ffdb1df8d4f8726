"""The Locust user classes of a run: for each class of the cast one that goes its own pace, one that follows arrivals.

Each is a subclass of the author's class (or, for users that live in the browser host, a small user of its own), so a
run never changes what the author wrote.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulator.engine.budget import Budget
from simulator.engine.host import JourneyHost
from simulator.engine.pool import Pool
from simulator.engine.rounds import Rounds
from simulator.engine.schedule import Arrival
from simulator.engine.task_sets import with_tags
from simulator.errors import BringUpError, did_you_mean
from simulator.journey.mark import JourneyMark, journeys_of
from simulator.journey.perform import perform, prepare
from simulator.journey.stage import Stage
from simulator.journey.track import Track
from simulator.journey.unpatched import StopUser, User
from simulator.journey.users import STEERING, JourneyTask, weighted_tasks
from simulator.plan.cast import JourneySpec, UserSpec
from simulator.record.sample import SeriesKey

OPEN = " (arrivals)"
"""Behind the name of the class whose users follow arrivals."""

Go = Callable[[Any, Arrival], None]


class Follow:
    """The one task of users of the open model: wait for an arrival, go on its journey."""

    __name__ = "arrival"

    def __init__(self, pool: Pool, name: str, go: Go) -> None:
        self._pool, self._name, self._go = pool, name, go

    def __call__(self, user: Any) -> None:
        self._go(user, self._pool.take(user, self._name))


class Counted:
    """A task that is only begun while the budget lasts."""

    def __init__(self, task: Callable[[Any], Any], budget: Budget) -> None:
        self._task, self._budget = task, budget
        self.__name__ = getattr(task, "__name__", "task")

    def __call__(self, user: Any) -> None:
        if not self._budget.take():
            raise StopUser
        self._task(user)


class LocustTask:
    """A task of an existing locustfile, seen as a journey."""

    def __init__(self, task: Callable[[Any], Any]) -> None:
        self.task = task
        self.__name__ = task.__name__

    def __call__(self, user: Any, planned_s: float | None = None, phase: str = "") -> None:
        def act() -> None:
            try:
                self.task(user)
            except STEERING:
                raise
            except Exception as error:
                user.environment.events.user_error.fire(user_instance=user, exception=error, tb=error.__traceback__)
                raise

        perform(user.simulator_track, self.__name__, act, planned_s, phase)


class Seats:
    """Makes the classes.

    Args:
        stage: shared by all users of the process.
        pool: hands arrivals to users of the open model.
        host: where everybody goes who has no host; empty text for "as each class says".
        browser: runs the journeys of browser users; `None` when there are none.
        budget: how many journeys may begin in the closed model.
    """

    def __init__(self, stage: Stage, pool: Pool, host: str, browser: JourneyHost | None, budget: Budget) -> None:
        self._stage, self._pool, self._host, self._browser, self._budget = stage, pool, host, browser, budget

    def of(self, spec: UserSpec, written: type) -> dict[str, type[User]]:
        """By name: the class that goes its own pace, and the one that follows arrivals."""
        if spec.kind == "browser":
            return self._browser_seats(spec, written)
        if spec.kind == "locust":
            return self._locust_seats(spec, written)
        return self._api_seats(spec, written)

    def _api_seats(self, spec: UserSpec, written: Any) -> dict[str, type[User]]:
        known = journeys_of(written)
        marks = [_selected(spec, known, journey) for journey in spec.journeys]
        by_name = {mark.name: mark for mark in marks}
        sets = [task for task in written.tasks if not isinstance(task, JourneyTask)]

        def go(user: Any, arrival: Arrival) -> None:
            user.perform(by_name[arrival.journey], arrival.planned_s, arrival.phase)

        members = {"on_start": _started(written), "on_stop": _stopped(written)}
        pair = self._pair(spec, written, members, [*sets, *weighted_tasks(marks)], go)
        if not sets and written.run is User.run:
            rounds = Rounds([mark for mark in marks if mark.weight], self._budget)
            pair[spec.name].run = lambda user: rounds.live(user)  # type: ignore[method-assign,misc]
        return pair

    def _locust_seats(self, spec: UserSpec, written: Any) -> dict[str, type[User]]:
        stage = self._stage
        names = {journey.name for journey in spec.journeys}
        kept = [task for task in written.tasks if not names or task.__name__ in names]
        tasks = [with_tags(task, spec.tags) if isinstance(task, type) else LocustTask(task) for task in kept]
        by_name = {task.__name__: task for task in tasks if isinstance(task, LocustTask)}

        def born(user: Any, environment: Any) -> None:
            user.simulator_track = Track(stage.places, spec.name, through=STEERING)
            next(stage.numbers)
            written.__init__(user, environment)

        def go(user: Any, arrival: Arrival) -> None:
            by_name[arrival.journey](user, arrival.planned_s, arrival.phase)

        members = {"__init__": born, "on_start": _started(written), "on_stop": _stopped(written)}
        return self._pair(spec, written, members, tasks, go)

    def _browser_seats(self, spec: UserSpec, written: Any) -> dict[str, type[User]]:
        browser, stage = self._browser, self._stage
        assert browser is not None, "browser users need a host"

        def born(user: Any, environment: Any) -> None:
            User.__init__(user, environment)
            user.number = next(stage.numbers)

        def released(user: Any) -> None:
            browser.release(spec.name, user.number)

        def run(journey: str) -> Callable[[Any], None]:
            return lambda user: browser.run(spec.name, user.number, journey, None)

        def go(user: Any, arrival: Arrival) -> None:
            browser.run(spec.name, user.number, arrival.journey, arrival.planned_s, arrival.phase)

        tasks = [task for journey in spec.journeys for task in [run(journey.name)] * journey.weight]
        members = {"__init__": born, "on_stop": released, "wait_time": written.wait_time}
        return self._pair(spec, User, members, tasks, go)

    def _pair(
        self, spec: UserSpec, base: Any, members: dict[str, Any], tasks: list[Any], go: Go
    ) -> dict[str, type[User]]:
        shared = {
            **members,
            "abstract": False,
            "simulator_name": spec.name,
            "host": self._host or spec.host,
            "weight": max(spec.weight, 1),
            "fixed_count": 0,
        }
        own_pace = type(base)(spec.name, (base,), dict(shared))
        own_pace.tasks = [task if isinstance(task, type) else Counted(task, self._budget) for task in tasks]
        follows = type(base)(spec.name + OPEN, (base,), {**shared, "wait_time": lambda user: 0})
        follows.tasks = [Follow(self._pool, spec.name, go)]
        return {spec.name: own_pace, spec.name + OPEN: follows}


def _selected(spec: UserSpec, known: dict[str, JourneyMark], journey: JourneySpec) -> JourneyMark:
    """The journey as planned: with the plan's weight."""
    mark = known.get(journey.name)
    if mark is None:
        raise BringUpError(f"{spec.name} has no journey {journey.name!r}", hint=did_you_mean(journey.name, list(known)))
    return JourneyMark(mark.name, journey.weight, mark.tags, mark.function)


def _track(user: Any) -> Track:
    track: Track = user.simulator_track if hasattr(user, "simulator_track") else user.track
    return track


def _started(written: Any) -> Callable[[Any], None]:
    """`on_start`, recorded; a user that cannot start leaves again."""

    def on_start(user: Any) -> None:
        if not prepare(_track(user), "on_start", lambda: written.on_start(user)):
            user.simulator_fell = True
            raise StopUser

    return on_start


def _stopped(written: Any) -> Callable[[Any], None]:
    """`on_stop`, recorded; then the user hangs up."""

    def on_stop(user: Any) -> None:
        try:
            if not getattr(user, "simulator_fell", False):
                prepare(_track(user), "on_stop", lambda: written.on_stop(user))
        finally:
            if hasattr(user, "track") and hasattr(user, "client"):
                user.client.close()

    return on_stop


def dropped_key(arrival: Arrival) -> SeriesKey:
    """The series that a dropped arrival counts into."""
    return SeriesKey("journey", arrival.user, arrival.journey, "", "", "journey", arrival.phase)
