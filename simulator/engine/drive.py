"""Drives a run from its first phase to its last user."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from time import monotonic
from typing import Any

from gevent.event import Event

from simulator.engine.budget import Budget
from simulator.engine.contract.settings import ContractSettings
from simulator.engine.contract.witnesses import Witnesses
from simulator.engine.crowd import Crowd
from simulator.engine.dispatcher import Dispatcher
from simulator.engine.ending import Ending, Progress, StopSignal
from simulator.engine.garbage import seldom_collected
from simulator.engine.gauges import Gauges
from simulator.engine.ground import Ground, local_ground
from simulator.engine.host import JourneyHost
from simulator.engine.locust_options import locust_options
from simulator.engine.locust_statistics import tally
from simulator.engine.options import Options
from simulator.engine.overheard import Overheard
from simulator.engine.pool import Pool
from simulator.engine.pulse import Pulse
from simulator.engine.schedule import Arrival, arrivals
from simulator.engine.seat import OPEN, Seats, dropped_key
from simulator.engine.shape import Shaped, shape_of
from simulator.engine.share import Shares, Taken, dealt
from simulator.engine.task_sets import recorded_task_sets
from simulator.engine.web import Web
from simulator.errors import BringUpError
from simulator.journey.stage import ATTRIBUTE, Stage
from simulator.journey.surroundings import Given, Surroundings
from simulator.journey.trouble import tell
from simulator.journey.unpatched import STATE_CLEANUP, STATE_RUNNING, STATE_STOPPED, events
from simulator.plan.cast import Cast
from simulator.plan.load import Load, Phase, users_of
from simulator.record.recorder import Recorder
from simulator.record.sample import PhaseSpan, Sample
from simulator.record.window import Window

OnSecond = Callable[[Window, Progress], str | None]
"""Gets each second's window and where the run is; a text that comes back ends the run, for that reason."""


def drive(
    cast: Cast,
    load: Load,
    host: str,
    *,
    limits_s: Sequence[float] = (),
    on_second: OnSecond,
    stop: StopSignal,
    browser: JourneyHost | None = None,
    on_phase: Callable[[Phase], None] | None = None,
    options: Options | None = None,
    ground: Ground | None = None,
) -> Ending:
    """Make the users of a cast live as a load says, until it is over or somebody stops it.

    The process must be patched for gevent (`simulator.engine.patch`). Blocks the calling greenlet.

    Args:
        cast: who takes part.
        load: how much, for how long.
        host: where everybody goes; empty text for "as each class says".
        limits_s: response times that thresholds ask about, counted exactly.
        on_second: called once a second, and once more at the end; windows never overlap.
        stop: ends the run when it is set.
        browser: runs the journeys of browser users; needed when the cast has any.
        on_phase: called when a phase begins, before its users and arrivals do.
        options: how users behave where the author says nothing.
        ground: what the run stands on; `None` for a single process.

    Raises:
        BringUpError: a user class of the author's, or the browser, cannot be brought up.
    """
    with quietly(), seldom_collected(), recorded_task_sets():
        ground = ground or local_ground(host)
        run = _Run(cast, load, host, limits_s, on_second, stop, browser, on_phase, options or Options(), ground)
        return run.through()


class _Run:
    """One run and its parts."""

    def __init__(
        self,
        cast: Cast,
        load: Load,
        host: str,
        limits_s: Sequence[float],
        on_second: OnSecond,
        stop: StopSignal,
        browser: JourneyHost | None,
        on_phase: Callable[[Phase], None] | None,
        options: Options,
        ground: Ground,
    ) -> None:
        self.cast, self.load, self.stop, self.browser = cast, load, stop, browser
        self.on_second, self.on_phase = on_second, on_phase
        self.recorder = Recorder(limits_s)
        self.recorder.patience_s = load.stop_within_s or math.inf
        self.ground, self.shares = ground, ground.shares
        self.environment, self.runner = ground.environment, ground.runner
        share = self.shares.latest
        self.surroundings = Surroundings(Given(**options.given), share.index, share.of)
        self.surroundings.stop = self.stop.set
        self.surroundings.allowed_hosts = options.allowed_hosts
        self.stage = Stage(self.recorder, self.environment, client=options.of_clients(), numbers=_numbers(self.shares),
                           surroundings=self.surroundings)  # fmt: skip
        self.witnesses = Witnesses(ContractSettings.from_plain(options.contracts), self.recorder)
        self.witnesses.stand_at(self.stage)
        setattr(self.environment, ATTRIBUTE, self.stage)
        self.pool = Pool(self.recorder.clock, load.max_users, self._spawn_follower, self._drop)
        self.dispatcher = Dispatcher(self.pool.offer)
        self.budget = Budget(options.iterations, self.shares.latest)
        self._put_up(Seats(self.stage, self.pool, host, browser, self.budget), options.arguments)
        self.web_address = options.web
        self.web: Web | None = None
        self.crowd = Crowd(self.runner, self._left, self._unborn)
        shape = shape_of(cast) if options.shape else None
        self.shaped = Shaped(shape, self.runner, cast, self._aim) if shape else None
        self.gauges = Gauges(self.recorder, self.stage.slips, self.crowd, self.pool, browser.pids if browser else tuple)
        self.pulse = Pulse(self.recorder.clock, self._each_second, self._look)
        self.spans: list[PhaseSpan] = []
        self.taken: Taken | None = None
        self.fault: Exception | None = None
        self.over = Event()
        self.ending = False

    def through(self) -> Ending:
        """The whole run."""
        import numpy as np  # noqa: F401 - a first import amid the load would hold up every user

        self._bring_up()
        self._announce()
        self.gauges.begin()
        started_at, zero_s = datetime.now(UTC), self.recorder.clock()
        self.recorder.begin(zero_s, self.load.phases[0].name)
        self.pulse.begin(zero_s)
        self.witnesses.begin()
        if self.shaped is not None:
            self.shaped.begin()
        try:
            for phase in self.load.phases:
                if not self.stop and self.fault is None:
                    self._live(phase, zero_s)
        finally:
            self._end()
        if self.fault is not None:
            raise self.fault
        return Ending(
            "stopped" if self.stop else "finished",
            self.stop.reason,
            started_at,
            self.recorder.at_s(),
            tuple(self.spans),
            collected=self.witnesses.collected(),
        )

    def _put_up(self, seats: Seats, arguments: Sequence[str]) -> None:
        """Locust's environment with our classes, and who listens to users that know nothing of us."""
        for spec in self.cast.users:
            self.environment.user_classes += seats.of(spec, self.cast.classes[spec.name]).values()
        self.environment.parsed_options = locust_options(arguments, self.environment.host or "")
        overheard = Overheard(self.stage.places)
        self.environment.events.user_error.add_listener(overheard.error)
        if self.cast.of_kind("locust"):
            self.environment.events.request.add_listener(overheard)
            self.stage.silent = 1

    def _bring_up(self) -> None:
        try:
            if self.web_address is not None:
                self.web = Web(self.environment, self.web_address)
            if self.browser is not None:
                self.browser.start(self.recorder)
        except BaseException:
            self.ground.leave()
            raise

    def _announce(self) -> None:
        """Tell the author's listeners that the test begins."""
        events = self.environment.events
        web_ui = self.web.ui if self.web is not None else None
        events.init.fire(environment=self.environment, runner=self.runner, web_ui=web_ui)
        first = users_of(self.load.phases[0], self.cast)
        count = sum(dealt(first, self.shares.latest).values())
        options = self.environment.parsed_options
        self.runner.target_user_count = options.num_users = count  # some listeners look at these
        options.run_time = self.load.duration_s
        events.test_start.fire(environment=self.environment)
        self.runner.update_state(STATE_RUNNING)

    def _live(self, phase: Phase, zero_s: float) -> None:
        """One phase, from its planned start to its planned end."""
        self._begin_phase(phase)
        begins_s = zero_s + phase.start_s
        self._load(phase, begins_s)
        self.shares.tell = lambda: self._load(phase, begins_s, self.taken.number if self.taken else 0)
        ends_s = None if phase.duration_s is None else begins_s + phase.duration_s
        early = self.over.wait(None if ends_s is None else max(0.0, ends_s - monotonic()))
        self.dispatcher.finish(monotonic() if ends_s is None or early else ends_s)

    def _load(self, phase: Phase, begins_s: float, first: int = 0) -> None:
        """The users and arrivals of a phase that are ours; of the latter those from this number on."""
        if self.ending:
            return
        share = self.shares.latest
        spawn_per_s = phase.spawn_per_s / share.of if phase.spawn_per_s and share.of else phase.spawn_per_s
        if self.shaped is None:
            self.crowd.aim(dealt(users_of(phase, self.cast), share), spawn_per_s)
        else:
            self.shaped.again()
        self.taken = Taken(arrivals(phase, self.cast, self.load.seed), phase.start_s, self.shares, first)
        self.dispatcher.begin(self.taken, begins_s)

    def _aim(self, counts: Mapping[str, int], spawn_per_s: float | None) -> None:
        """Our share of what a load shape asks for."""
        share = self.shares.latest
        self.crowd.aim(dealt(counts, share), spawn_per_s / share.of if spawn_per_s and share.of else spawn_per_s)

    def _begin_phase(self, phase: Phase) -> None:
        if self.on_phase is not None:
            self.on_phase(phase)
        at_s = self.recorder.at_s() if self.spans else 0.0
        self._end_phase(at_s)
        self.recorder.begin_phase(phase.name)
        if self.browser is not None:
            self.browser.begin_phase(phase.name)
        self.spans.append(PhaseSpan(phase.name, at_s, None, phase.measured))

    def _end_phase(self, at_s: float) -> None:
        if self.spans and self.spans[-1].end_s is None:
            self.spans[-1] = replace(self.spans[-1], end_s=at_s)

    def _end(self) -> None:
        """Start nothing any more, let journeys finish, cut off the rest, and hand out what is left."""
        self.ending = True
        self._end_phase(self.recorder.at_s())
        if self.shaped is not None:
            self.shaped.end()
        self.dispatcher.close()
        self.pool.close()
        within_s = 0.0 if self.fault is not None else self.load.stop_within_s
        self.crowd.stop(within_s, lambda: self.stop.now)
        if self.browser is not None:
            self.browser.stop(0.0 if self.stop.now else min(within_s, 5.0))
        self.witnesses.end()
        self.pulse.end()
        self.surroundings.close()
        if self.web is not None:
            self.web.close()
        self.ground.leave()

    def _over(self) -> bool:
        return bool(self.stop) or self.fault is not None or self._done()

    def _done(self) -> bool:
        """All journeys that may begin have ended, and no others are to come."""
        if self.shaped is not None and self.shaped.over:
            return True
        return self.budget.spent and not self.runner.user_greenlets and not self.pool.planned

    def _look(self) -> None:
        """See whether it is over; the author's code may end the test the way Locust lets it."""
        if not self.ending and self.runner.state in (STATE_STOPPED, STATE_CLEANUP):
            self.stop.set("the journey file stopped the test")
        if self._over():
            self.over.set()

    def _each_second(self, second: int, worst_lag_s: float) -> None:
        """Hand out one second's window."""
        try:
            self.gauges.read(worst_lag_s)
            window = self.recorder.fold(second)
            tally(window, self.environment.stats)
            reason = self.on_second(window, self._progress())
        except Exception as error:
            self._fault(error)
            return
        if reason:
            self.stop.set(reason)

    def _progress(self) -> Progress:
        users: dict[str, int] = {}
        for name, many in self.crowd.alive().items():
            users[name.removesuffix(OPEN)] = users.get(name.removesuffix(OPEN), 0) + many
        pool = self.pool
        at_s = self.recorder.at_s()
        return Progress(self.recorder.phase, at_s, users, pool.planned, pool.started, pool.dropped, self.ending)

    def _spawn_follower(self, name: str) -> None:
        self.crowd.spawn(name + OPEN)

    def _drop(self, arrival: Arrival) -> None:
        key, late_s = dropped_key(arrival), max(0.0, self.recorder.clock() - arrival.planned_s)
        self.recorder.add(Sample(key, "dropped", late_s))
        self.recorder.fail(key, "dropped", f"no user was free to start {arrival.journey}")

    def _left(self, name: str) -> None:
        if name.endswith(OPEN):
            self.pool.leave(name.removesuffix(OPEN))

    def _unborn(self, name: str, error: Exception) -> None:
        """A user class of the author's cannot be made."""
        self._fault(BringUpError(f"a user of class {name.removesuffix(OPEN)} cannot be made", detail=tell(error)))

    def _fault(self, error: Exception) -> None:
        """Something that the run cannot go on with; the first one is raised at its end."""
        self.fault = self.fault or error


def _numbers(shares: Shares) -> Iterator[int]:
    """Numbers for users that no other worker gives."""
    return count(shares.latest.index, max(1, shares.latest.of))


@contextmanager
def quietly() -> Iterator[None]:
    """Locust's own log is for its own console, and listeners that a run adds to its events are gone after it."""
    logger = logging.getLogger("locust")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with _own_handlers(events):
            yield
    finally:
        logger.setLevel(before)


@contextmanager
def _own_handlers(events: Any) -> Iterator[None]:
    """Listeners that a run adds to Locust's events are gone after it."""
    hooks = [hook for hook in vars(events).values() if hasattr(hook, "_handlers")]
    before = [list(hook._handlers) for hook in hooks]
    try:
        yield
    finally:
        for hook, handlers in zip(hooks, before, strict=True):
            hook._handlers[:] = handlers
