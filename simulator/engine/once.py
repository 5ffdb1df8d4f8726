"""Runs every item once, as an integration test suite: in order of dependencies, side by side where that is allowed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import gevent
import locust
from gevent.queue import Queue
from locust.env import Environment

from simulator.engine.budget import Budget
from simulator.engine.contract.settings import ContractSettings
from simulator.engine.contract.witnesses import Witnesses
from simulator.engine.ending import StopSignal
from simulator.engine.host import JourneyHost
from simulator.engine.options import Options
from simulator.engine.pool import Pool
from simulator.engine.seat import Seats
from simulator.engine.share import WHOLE
from simulator.journey.stage import ATTRIBUTE, Stage
from simulator.journey.surroundings import Given, Surroundings
from simulator.plan.cast import Cast
from simulator.plan.dependency import Graph
from simulator.plan.item import Item
from simulator.record.measurements import Measurements
from simulator.record.recorder import Recorder
from simulator.record.sample import PhaseSpan
from simulator.record.window import Window

PHASE = "once"
Result = Literal["passed", "failed", "flaky", "skipped"]


@dataclass(frozen=True)
class Outcome:
    """What came of an item.

    Attributes:
        item: its name.
        result: passed, failed, flaky (passed on a later attempt), or skipped (counted as neither).
        attempts: how often it was run.
        took_s: how long that took altogether.
        reason: what went wrong, or why it was skipped; empty text when all went well.
    """

    item: str
    result: Result
    attempts: int
    took_s: float
    reason: str = ""


class OnceThrough:
    """One pass over a suite.

    Args:
        cast: the user classes.
        host: where everybody goes.
        browser: runs the journeys of browser users; needed when there are any.
        retries: how often a failed item is tried again.
        on_window: is given everything that was measured, as it comes.
        on_outcome: is told of each item that is done.
        stop: ends the pass between two items when it is set.
        options: how users behave where the author says nothing.
    """

    def __init__(
        self,
        cast: Cast,
        host: str,
        *,
        browser: JourneyHost | None,
        retries: int,
        on_window: Callable[[Window], object],
        on_outcome: Callable[[Outcome], object],
        stop: StopSignal,
        options: Options | None = None,
    ) -> None:
        options = options or Options()
        self._cast, self._browser, self._retries, self._stop = cast, browser, retries, stop
        self._on_window, self._on_outcome = on_window, on_outcome
        self.recorder = Recorder()
        self.seen = Measurements()
        self._unable: Mapping[str, str] = {}
        self._environment: Any = Environment(events=locust.events, host=host or None)
        self._surroundings = Surroundings(Given(**options.given))
        self._surroundings.allowed_hosts = options.allowed_hosts
        stage = Stage(self.recorder, self._environment, client=options.of_clients(), surroundings=self._surroundings)
        self.witnesses = Witnesses(ContractSettings.from_plain(options.contracts), self.recorder)
        self.witnesses.stand_at(stage)
        setattr(self._environment, ATTRIBUTE, stage)
        nobody = Pool(self.recorder.clock, 0, lambda name: None, lambda arrival: None)
        seats = Seats(stage, nobody, host, browser, Budget(None, WHOLE))
        self._classes = {user.name: seats.of(user, cast.classes[user.name])[user.name] for user in cast.users}

    def run(
        self, items: Sequence[Item], graph: Graph, slots: int, unable: Mapping[str, str] | None = None
    ) -> list[Outcome]:
        """Run the items; returns what came of each, in order of their ends.

        Args:
            items: in the order in which they are preferred.
            graph: who needs whom; dependencies outside of the items count as done.
            slots: how many run side by side.
            unable: item → why it cannot run here; it is skipped for that reason.
        """
        self._unable = unable or {}
        self.recorder.begin(self.recorder.clock(), PHASE)
        self.seen.begin_phase(PhaseSpan(PHASE, 0.0, None, True))
        if self._browser is not None:
            self._browser.start(self.recorder)
        self.witnesses.begin()
        try:
            return self._through(list(items), graph, slots)
        finally:
            if self._browser is not None:
                self._browser.stop(5.0)
            self.witnesses.end()
            self._surroundings.close()
            self._fold()
            self.seen.end_phase(self.recorder.at_s())

    def _through(self, waiting: list[Item], graph: Graph, slots: int) -> list[Outcome]:
        inside, done = {item.name for item in waiting}, dict[str, Outcome]()
        ended: Queue[tuple[Item, Outcome]] = Queue()
        running: list[Item] = []
        while waiting or running:
            held = {thing for item in running for thing in item.about.exclusive}
            for item in [i for i in waiting if graph[i.name] & inside <= done.keys()]:
                broken = [
                    name for name in sorted(graph[item.name] & inside) if done[name].result in ("failed", "skipped")
                ]
                if self._stop or broken or item.name in self._unable:
                    waiting.remove(item)
                    after = f"comes after {broken[0]}, which {_did(done[broken[0]])}" if broken else ""
                    why = self._stop.reason or after or self._unable[item.name]
                    done[item.name] = self._told(Outcome(item.name, "skipped", 0, 0.0, why))
                elif len(running) < slots and not item.about.exclusive & held:
                    waiting.remove(item)
                    running.append(item)
                    held |= item.about.exclusive
                    gevent.spawn(self._attempts, item, ended)
            if running:
                item, outcome = ended.get()
                running.remove(item)
                done[item.name] = self._told(outcome)
        return list(done.values())

    def _attempts(self, item: Item, ended: Queue[tuple[Item, Outcome]]) -> None:
        started_s, reason = self.recorder.clock(), ""
        for attempt in range(1, self._retries + 2):
            before = self._failures(item)
            problem = self._attempt(item)
            failed = self._failures(item) > before
            if not failed and problem is None:
                result: Result = "passed" if attempt == 1 else "flaky"
                break
            reason = problem or self._reason(item)
            result = "failed"
        took_s = self.recorder.clock() - started_s
        ended.put((item, Outcome(item.name, result, attempt, took_s, reason)))

    def _attempt(self, item: Item) -> str | None:
        """One user lives for one journey; what kept it from beginning, or `None`."""
        try:
            user = self._classes[item.user](self._environment)
            try:
                user.on_start()
                self._go(item, user)
            finally:
                user.on_stop()  # type: ignore[no-untyped-call]
        except Exception as error:
            return f"{type(error).__name__}: {error}".rstrip(": ")
        return None

    def _go(self, item: Item, user: Any) -> None:
        if item.kind == "browser":
            assert self._browser is not None
            self._browser.run(item.user, user.number, item.journey, None)
        else:
            next(task for task in user.tasks if task.__name__ == item.journey)(user)

    def _failures(self, item: Item) -> int:
        self._fold()
        keys = [
            k for k in self.seen.totals if k.level == "journey" and (k.user, k.journey) == (item.user, item.journey)
        ]
        total = self.seen.total(keys)
        return total.errors + total.cut_off

    def _reason(self, item: Item) -> str:
        failures = [failure for failure in self.seen.failures.values() if failure.is_failure]
        of_item = [f for f in failures if (f.key.user, f.key.journey) == (item.user, item.journey)]
        newest = max(of_item, key=lambda failure: failure.last_s, default=None)
        if newest is None:
            return "the journey failed"
        where = f"{newest.key.step}: " if newest.key.step else ""
        return f"{where}{newest.key.error_class}: {newest.message.splitlines()[0]}"

    def _fold(self) -> None:
        window = self.recorder.fold(int(self.recorder.at_s()))
        if window:
            self.seen.add(window)
            self._on_window(window)

    def _told(self, outcome: Outcome) -> Outcome:
        self._on_outcome(outcome)
        return outcome


def _did(outcome: Outcome) -> str:
    return "was skipped" if outcome.result == "skipped" else "failed"
