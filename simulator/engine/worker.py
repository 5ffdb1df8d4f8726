"""One worker of a distributed run: does its share of the plan and reports every second, over Locust's own protocol."""

from __future__ import annotations

import os
from collections.abc import Callable
from time import monotonic
from typing import Any

import gevent
from gevent.event import Event

from simulator.engine import word
from simulator.engine.drive import drive
from simulator.engine.ending import Progress, StopSignal
from simulator.engine.ground import Ground
from simulator.engine.host import JourneyHost
from simulator.engine.options import Options
from simulator.engine.order import Order
from simulator.engine.outbox import Outbox
from simulator.engine.share import Share
from simulator.errors import BringUpError, SimulatorError
from simulator.journey.trouble import tell
from simulator.journey.unpatched import WorkerRunner
from simulator.plan.browser import BrowserOptions
from simulator.plan.cast import Cast
from simulator.plan.load import Load
from simulator.record.recorder import Recorder
from simulator.record.window import Window

MASTER_GONE_S = 10.0
ORDER_WITHIN_S = 120.0
RECEIVED_WITHIN_S = 10.0
LOOK_EVERY_S = 0.02

MakeHost = Callable[[Cast, Load, str, BrowserOptions], JourneyHost | None]
"""Makes the browser host that a cast and a load need, for a host."""


class Worker:
    """Connects to a master, does what it orders, and ends with it.

    Args:
        cast: the user classes that are here.
        master_host: where the master listens.
        master_port: where the master listens.
        make_host: makes what runs browser users.
        parent: the master's process, when it has started this one; the worker ends with it.

    Raises:
        BringUpError: there is no master.
    """

    def __init__(
        self, cast: Cast, master_host: str, master_port: int, make_host: MakeHost, parent: int | None = None
    ) -> None:
        self._parent = parent
        self._classes = cast.classes
        self._make_host = make_host
        self._order: Order | None = None
        self._begin = Event()
        self._stop = StopSignal()
        self._outbox = Outbox()
        self._ended: dict[str, Any] | None = None
        self._heard_s = monotonic()
        self._ground = Ground("", lambda environment: self._connected(environment, master_host, master_port))
        self._ground.stays = True
        self._runner = self._ground.runner

    def work(self) -> str:
        """Work until the run is over; returns why it ended in words, empty text for "as planned"."""
        try:
            order = self._await_order()
            try:
                return self._through(order)
            except Exception as error:
                self._say_up(error)
                self._ended = {"how": "fault", "reason": str(error), "detail": getattr(error, "detail", tell(error))}
                self._await_received()
                raise
        finally:
            self._ground.stays = False
            self._ground.leave()

    def _through(self, order: Order) -> str:
        known = {user.name: self._classes[user.name] for user in order.users if user.name in self._classes}
        if missing := [user.name for user in order.users if user.name not in known]:
            raise BringUpError(f"this worker has no user class {missing[0]!r}", hint="give it the same journey files")
        cast = Cast(tuple(order.users), known)
        self._ground.shares.change(float("-inf"), order.share)
        self._ground.environment.host = order.host or None
        browser = self._make_host(cast, order.load, order.host, BrowserOptions.from_plain(order.browser))
        ending = drive(
            cast, order.load, order.host, limits_s=order.limits_s, on_second=self._report, stop=self._stop,
            browser=_Waiting(browser, self._await_begin), options=Options(**order.options), ground=self._ground,
        )  # fmt: skip
        self._ended = {"how": ending.how, "reason": ending.reason, "detail": None, "collected": ending.collected}
        self._await_received()
        return ending.reason

    def _connected(self, environment: Any, host: str, port: int) -> Any:
        environment.events.report_to_master.add_listener(self._fill)
        environment.events.heartbeat_received.add_listener(self._heard)
        return self._connect(environment, host, port)

    def _acts(self) -> dict[str, Callable[[Any], object]]:
        """What is done about each message of the master."""
        return {
            word.ORDER: self._ordered,
            word.BEGIN: lambda data: self._begin.set(),
            word.SHARE: self._reshared,
            word.STOP: lambda data: self._stop.set(data["reason"], now=data["now"]),
            word.RECEIVED: lambda data: self._outbox.received(data["number"]),
        }

    def _ordered(self, data: dict[str, Any]) -> None:
        self._order = Order.from_plain(data)

    def _reshared(self, data: dict[str, Any]) -> None:
        self._ground.shares.change(data["from_s"], Share(data["index"], data["of"]))

    def _heard(self, **_: Any) -> None:
        self._heard_s = monotonic()

    def _await_order(self) -> Order:
        deadline_s = monotonic() + ORDER_WITHIN_S
        while self._order is None:
            if monotonic() > deadline_s or self._alone():
                raise BringUpError("the master gave no order")
            gevent.sleep(LOOK_EVERY_S)
        return self._order

    def _await_begin(self) -> None:
        """Say that everything is up, and wait for the others."""
        self._say_up(None)
        while not self._begin.wait(1.0):
            if self._alone():
                raise BringUpError("the master is gone")

    def _say_up(self, error: Exception | None) -> None:
        if not self._begin.is_set():
            problem = None if error is None else [str(error), getattr(error, "hint", "") or "", tell(error)]
            if isinstance(error, SimulatorError) and problem is not None:
                problem[2] = getattr(error, "detail", "") or ""
            self._runner.send_message(word.UP, {"problem": problem, "pid": os.getpid()})

    def _report(self, window: Window, progress: Progress) -> str | None:
        """Each second: one more numbered report, on Locust's stats message."""
        arrivals = [progress.arrivals_planned, progress.arrivals_started, progress.arrivals_dropped]
        self._outbox.put(window, [*arrivals, dict(progress.users)])
        self._runner._send_stats()
        return "the master is gone" if self._alone() else None

    def _fill(self, data: dict[str, Any], **_: Any) -> None:
        data[word.KEY] = {"reports": self._outbox.to_send(), "last": self._outbox.last, "ended": self._ended}

    def _await_received(self) -> None:
        """Report the end, and again until the master has everything."""
        deadline_s = monotonic() + RECEIVED_WITHIN_S
        self._runner._send_stats()
        while not self._outbox.empty and monotonic() < deadline_s and not self._alone():
            gevent.sleep(0.2)
            self._runner._send_stats()

    def _connect(self, environment: Any, host: str, port: int) -> Any:
        """Locust's runner, which asks for minutes for a master that may be yet to come; but not for a dead one."""
        watch = gevent.spawn(self._end_if_orphaned)
        try:
            return _Listening(environment, host, port, self._acts())
        except ConnectionError:
            raise BringUpError(f"no master answers at {host}:{port}") from None
        finally:
            watch.kill()

    def _end_if_orphaned(self) -> None:
        while not self._orphaned():
            gevent.sleep(1.0)
        os._exit(3)  # nothing has begun yet that would have to be ended

    def _orphaned(self) -> bool:
        return self._parent is not None and os.getppid() != self._parent

    def _alone(self) -> bool:
        return self._orphaned() or monotonic() - self._heard_s > MASTER_GONE_S


class _Listening(WorkerRunner):
    """Locust's runner, which knows our messages before the master knows of it: an order may follow at once.

    Args:
        environment: Locust's.
        host: where the master listens.
        port: likewise.
        acts: kind of message → what is done about its data.
    """

    def __init__(self, environment: Any, host: str, port: int, acts: dict[str, Callable[[Any], object]]) -> None:
        self._acts = acts
        super().__init__(environment, host, port)

    def connect_to_master(self) -> None:
        """Called amid Locust's own constructor."""
        for kind, act in self._acts.items():
            self.register_message(kind, lambda environment, msg, act=act: act(msg.data))
        connect: Any = super().connect_to_master
        connect()


class _Waiting:
    """The browser host of a worker; a run that has come up this far waits here for all others.

    Args:
        host: the real one, or `None` when no browser user takes part.
        wait: blocks until the load may begin.
    """

    def __init__(self, host: JourneyHost | None, wait: Callable[[], None]) -> None:
        self._host, self._wait = host, wait

    def start(self, recorder: Recorder) -> None:
        """Come up, then wait."""
        if self._host is not None:
            self._host.start(recorder)
        try:
            self._wait()
        except BaseException:
            self.stop(0.0)
            raise

    def begin_phase(self, phase: str) -> None:
        """See `JourneyHost`."""
        if self._host is not None:
            self._host.begin_phase(phase)

    def run(self, user: str, number: int, journey: str, planned_s: float | None, phase: str = "") -> None:
        """See `JourneyHost`."""
        assert self._host is not None
        self._host.run(user, number, journey, planned_s, phase)

    def release(self, user: str, number: int) -> None:
        """See `JourneyHost`."""
        if self._host is not None:
            self._host.release(user, number)

    def stop(self, within_s: float) -> None:
        """See `JourneyHost`."""
        if self._host is not None:
            self._host.stop(within_s)

    def pids(self) -> Any:
        """See `JourneyHost`."""
        return self._host.pids() if self._host is not None else ()
