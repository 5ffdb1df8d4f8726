"""Conducts a run over several workers: Locust's master, which shares out the plan and adds up what comes back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from time import monotonic
from typing import Any

import gevent

from simulator.engine import word
from simulator.engine.contract.collecting import Exchanges, Pair, merge_plain
from simulator.engine.crew import Crew
from simulator.engine.drive import OnSecond, quietly
from simulator.engine.ending import Ending, Progress, StopSignal
from simulator.engine.garbage import seldom_collected
from simulator.engine.gathering import Gathering
from simulator.engine.ground import Ground
from simulator.engine.key import VARIABLE, lock_sockets
from simulator.engine.locust_options import locust_options
from simulator.engine.locust_statistics import forget_seconds
from simulator.engine.options import Options
from simulator.engine.order import Order
from simulator.engine.outbox import unpacked
from simulator.engine.share import Share
from simulator.engine.web import Web
from simulator.errors import BringUpError, RunError
from simulator.journey.unpatched import STATE_MISSING, MasterRunner
from simulator.plan.browser import BrowserOptions
from simulator.plan.cast import Cast
from simulator.plan.load import Load, Phase
from simulator.record.sample import PhaseSpan
from simulator.record.window import Window

CONNECTED_WITHIN_S = 60.0
UP_WITHIN_S = 90.0
PATIENCE_S = 3.0
"""So long a second's window waits for a worker that has not reported it."""
LAST_WORDS_S = 15.0
"""So long after everything should be over a worker may take for its last report."""
AHEAD_S = 1.0
"""A new share begins so much later, so that every worker knows of it by then."""
LOOK_EVERY_S = 0.05


@dataclass(frozen=True)
class Field:
    """Where workers come from.

    Attributes:
        crew: those of this machine.
        remote: how many more are to come from elsewhere.
        address: where the master listens for them.
        port: likewise; 0 for any.
        key: what workers must have to join; empty text for nothing.
    """

    crew: Crew
    remote: int = 0
    address: str = "127.0.0.1"
    port: int = 0
    key: str = ""


def conduct(
    cast: Cast,
    load: Load,
    host: str,
    field: Field,
    *,
    limits_s: Sequence[float] = (),
    on_second: OnSecond,
    stop: StopSignal,
    on_phase: Callable[[Phase], None] | None = None,
    options: Options | None = None,
    browser: BrowserOptions | None = None,
) -> Ending:
    """As `drive`, over several workers.

    Raises:
        BringUpError: a worker does not come, or cannot bring up its users.
    """
    how, plain = asdict(replace(options or Options(), web=None)), (browser or BrowserOptions()).to_plain()
    order = Order(cast.users, load, Share(0, 1), host, list(limits_s), how, plain)
    with quietly(), seldom_collected(), field.crew:
        return _Conductor(order, field, on_second, stop, on_phase, options or Options()).through()


class _Conductor:
    """One distributed run."""

    def __init__(
        self,
        order: Order,
        field: Field,
        on_second: OnSecond,
        stop: StopSignal,
        on_phase: Callable[[Phase], None] | None,
        options: Options,
    ) -> None:
        self.options = options
        self.web: Web | None = None
        self.order, self.load, self.field, self.stop = order, order.load, field, stop
        self.on_second, self.on_phase = on_second, on_phase
        self.up: dict[str, dict[str, Any]] = {}
        self.gathering = Gathering(())
        self.spans: list[PhaseSpan] = []
        self.notes: list[tuple[float, str, str]] = []
        self.lost_load_s = 0.0
        self.zero_s = 0.0
        self.told = -1
        self.stop_told = 0
        self.shared_out = 0
        lock_sockets(field.key, "master")
        self.ground = Ground(order.host, lambda environment: MasterRunner(environment, field.address, field.port))
        self.runner = self.ground.runner
        self.environment = self.ground.environment
        self.runner.register_message(word.UP, lambda environment, msg: self.up.setdefault(msg.node_id, msg.data))
        self.environment.events.worker_report.add_listener(self._reported)

    def through(self) -> Ending:
        """The whole run."""
        try:
            self._bring_up()
            started_at, self.zero_s = datetime.now(UTC), monotonic()
            self.runner.send_message(word.BEGIN, {})
            self.environment.events.test_start.fire(environment=self.environment)
            for phase in self.load.phases:
                self._live(phase)
            self._end()
        finally:
            if self.web is not None:
                self.web.close()
            self.ground.leave()
        faults = [post.ended for post in self.gathering.posts.values() if post.ended and post.ended["how"] == "fault"]
        if faults:
            raise BringUpError(faults[0]["reason"], detail=faults[0]["detail"] or None)
        return self._ending(started_at)

    def _bring_up(self) -> None:
        if self.options.web is not None:
            self.environment.parsed_options = locust_options(self.options.arguments, self.order.host)
            self.web = Web(self.environment, self.options.web)
        web_ui = self.web.ui if self.web is not None else None
        self.environment.events.init.fire(environment=self.environment, runner=self.runner, web_ui=web_ui)
        crew = self.field.crew
        crew.start(self.runner.server.port, self.field.key)
        wanted = crew.count + self.field.remote
        self._await(lambda: len(self.runner.clients.ready) >= wanted, CONNECTED_WITHIN_S, "connect")
        workers = sorted(client.id for client in self.runner.clients.ready)[:wanted]
        self.gathering = Gathering(workers)
        for index, worker in enumerate(workers):
            order = replace(self.order, share=Share(index, len(workers)))
            self.runner.send_message(word.ORDER, order.to_plain(), worker)
        self.shared_out = len(workers)
        self._await(lambda: all(worker in self.up for worker in workers), UP_WITHIN_S, "come up")
        for said in self.up.values():
            if said["problem"] is not None:
                message, hint, detail = said["problem"]
                raise BringUpError(message, hint=hint or None, detail=detail or None)

    def _await(self, there: Callable[[], bool], within_s: float, doing: str) -> None:
        deadline_s = monotonic() + within_s
        while not there():
            if self.stop:
                raise BringUpError(f"stopped before the workers could {doing}")
            if self.field.crew.dead() or monotonic() > deadline_s:
                words = self.field.crew.last_words()
                hint = f"has it the same {VARIABLE} as this process?" if self.field.remote else None
                raise BringUpError(f"a worker did not {doing}", hint=hint, detail=words or None)
            gevent.sleep(LOOK_EVERY_S)

    def _live(self, phase: Phase) -> None:
        """One phase, as the workers live it."""
        if self._over():
            return
        at_s = self._at_s() if self.spans else 0.0
        if self.on_phase is not None:
            self.on_phase(phase)
        self._end_phase(at_s)
        self.spans.append(PhaseSpan(phase.name, at_s, None, phase.measured))
        ends_s = None if phase.duration_s is None else phase.start_s + phase.duration_s
        while not self._over() and (ends_s is None or self._at_s() < ends_s):
            gevent.sleep(LOOK_EVERY_S)
            self._look()

    def _end(self) -> None:
        """Wait for each worker's last report, by its number."""
        self._end_phase(self._at_s())
        deadline_s = self._at_s() + self.load.stop_within_s + LAST_WORDS_S
        while self._awaited() and self._at_s() < deadline_s:
            gevent.sleep(LOOK_EVERY_S)
            self._look()
        for worker in self._awaited():
            self._lose(worker, "did not report its end")
        self._hand_out(2**62)

    def _awaited(self) -> list[str]:
        return [worker for worker in self.gathering.living() if self.gathering.posts[worker].ended is None]

    def _look(self) -> None:
        """What has to be looked after all the time."""
        self._pass_on_stop()
        self._look_after_workers()
        now = int(self._at_s()) - 1
        complete = self.gathering.complete_until()
        self._hand_out(max(complete, now - int(PATIENCE_S)))

    def _pass_on_stop(self) -> None:
        wanted = int(bool(self.stop)) + int(self.stop.now)
        if wanted > self.stop_told:
            self.stop_told = wanted
            self.runner.send_message(word.STOP, {"reason": self.stop.reason, "now": self.stop.now})

    def _look_after_workers(self) -> None:
        dead = self.field.crew.dead()
        for worker in self._awaited():
            client = self.runner.clients.get(worker)
            if client is None or self.up[worker]["pid"] in dead:
                self._lose(worker, "ended by itself")
            elif client.state == STATE_MISSING:
                self._lose(worker, "does not answer")
        ended = [post.ended for post in self.gathering.posts.values() if post.ended]
        for end in ended:
            if end["how"] in ("stopped", "fault") and not self.stop:
                self.stop.set(end["reason"])

    def _lose(self, worker: str, why: str) -> None:
        """Go on without a worker: from a moment on, the others do its share."""
        post = self.gathering.posts[worker]
        post.lost = True
        at_s = self._at_s()
        self.lost_load_s += max(0.0, at_s + AHEAD_S - max(0, post.second + 1)) / self.shared_out
        left = self.gathering.living()
        text = f"worker {post.index + 1} {why}; its reports until second {post.second} are counted"
        self.notes.append((at_s, "worker lost", f"{text}, {len(left)} others go on with all of the load"))
        for index, other in enumerate(left):
            data = {"from_s": at_s + AHEAD_S, "index": index, "of": len(left)}
            self.runner.send_message(word.SHARE, data, other)
        if worker in self.runner.clients:
            self.runner.send_message(word.SHARE, {"from_s": at_s + AHEAD_S, "index": 0, "of": 0}, worker)
        if not left:
            self.stop.set("all workers are lost")

    def _reported(self, client_id: str, data: dict[str, Any], **_: Any) -> None:
        """A listener of Locust's `worker_report` event."""
        told = data.get(word.KEY)
        post = self.gathering.posts.get(client_id)
        if told is None or post is None:
            return
        try:
            for number, content in told["reports"]:
                self.gathering.take(client_id, unpacked(number, content))
        except RunError as error:
            self.notes.append((self._at_s(), "worker report", f"worker {post.index + 1}: {error}"))
            return
        if post.lost and told["reports"]:
            self.notes.append((self._at_s(), "worker back", f"worker {post.index + 1} is back; its late reports count"))
            post.lost = False if told["ended"] else post.lost
        if told["ended"] is not None and told["last"] == post.number:
            post.ended = told["ended"]
        self.runner.send_message(word.RECEIVED, {"number": post.number}, client_id)

    def _hand_out(self, until: int) -> None:
        windows = self.gathering.due(until)
        for window in windows:
            self._give(window)
        if not windows and until > self.told and until < 2**62:
            self._give(Window(until))

    def _give(self, window: Window) -> None:
        self.told = max(self.told, window.second)
        forget_seconds(self.environment.stats)
        reason = self.on_second(window, self._progress())
        if reason:
            self.stop.set(reason)

    def _progress(self) -> Progress:
        phase = self.spans[-1].name if self.spans else ""
        return Progress(phase, self._at_s(), self.gathering.users(), *self.gathering.arrivals(), ending=self._over())

    def _over(self) -> bool:
        return bool(self.stop) or not self._awaited()

    def _at_s(self) -> float:
        return monotonic() - self.zero_s

    def _end_phase(self, at_s: float) -> None:
        if self.spans and self.spans[-1].end_s is None:
            self.spans[-1] = replace(self.spans[-1], end_s=at_s)

    def _ending(self, started_at: datetime) -> Ending:
        posts, duration_s = self.gathering.posts.values(), self._at_s()
        lost = [note for note in self.notes if note[1] == "worker lost"]
        return Ending(
            "stopped" if self.stop else "finished",
            self.stop.reason,
            started_at,
            duration_s,
            tuple(self.spans),
            len(posts),
            len(lost),
            min(1.0, self.lost_load_s / max(duration_s, 1e-9)) if self.gathering.living() else 1.0,
            tuple(self.notes),
            self._collected(),
        )

    def _collected(self) -> list[Any]:
        """What the users of all workers exchanged."""
        pairs: dict[Pair, Exchanges] = {}
        for post in self.gathering.posts.values():
            merge_plain(pairs, (post.ended or {}).get("collected", ()))
        return [[list(pair), exchanges.to_plain()] for pair, exchanges in pairs.items()]
