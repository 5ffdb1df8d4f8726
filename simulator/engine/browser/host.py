"""The browser host: a process without gevent, in which all browser users of a worker live.

One Playwright driver, one browser, one loop; every journey is a greenlet over Playwright's synchronous API.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

import greenlet

from simulator.engine.browser.actor import Actor, user_classes
from simulator.engine.browser.browsers import Browsers
from simulator.engine.browser.evidence import Budget, Slowest
from simulator.engine.browser.fibers import DriverGone, Fibers, Gate, Overdue, TooLate
from simulator.engine.browser.link import Link
from simulator.engine.browser.lodging import Lodging
from simulator.engine.browser.look import context_options
from simulator.engine.browser.outbox import Outbox
from simulator.engine.browser.reading import read_quickly
from simulator.engine.browser.session import Session
from simulator.engine.browser.starvation import Watch
from simulator.engine.browser.trace import Tracer
from simulator.engine.browser.trouble import BrowserGone
from simulator.engine.browser.turns import take_long_turns
from simulator.engine.browser.wire import DEATHS, SETTINGS, Order, Settings
from simulator.engine.browser.world import TestWorld
from simulator.engine.garbage import seldom_collected
from simulator.errors import SimulatorError
from simulator.journey.browser_user import BrowserUser
from simulator.journey.perform import perform
from simulator.journey.place import Map
from simulator.plan.browser import BrowserOptions
from simulator.record.failure import SLOWEST
from simulator.record.sample import SeriesKey

if TYPE_CHECKING:
    from playwright.sync_api import Playwright

OPENED_AT_ONCE = max(1, (os.cpu_count() or 1) // 2)
"""So many contexts are opened at a time: a new page's process keeps two processors busy, and more of them at once only
push each other aside."""

PACE_S = 0.5 / max(1, os.cpu_count() or 1)
"""Users of the closed model come in one after the other, so far apart."""

CUT_WITHIN_S = 2.5
LEAVE_WITHIN_S = 1.0
DRIVER_GONE = 70
"""The exit code of a host whose driver died: it is to be started again."""


class Stopped(BaseException):  # noqa: N818 - no error, and an author's `except Exception` must not hold it up
    """Ends a journey from outside."""


class Host:
    """All browser users of a worker.

    Args:
        settings: what the engine said.
        link: the way to it.
        playwright: the driver.
        fibers: those of the driver's loop.
    """

    def __init__(self, settings: Settings, link: Link, playwright: Playwright, fibers: Fibers) -> None:
        self._settings = settings
        self._link = link
        self._fibers = fibers
        self._playwright = playwright
        self._outbox = Outbox(link.send, fibers.loop.call_soon)
        self._places = Map(self._outbox)
        self._browsers = Browsers(playwright, fibers, self._browser_died)
        self._lodging = Lodging(fibers, self._browsers, playwright.devices, settings.browsers)
        self._door = Gate(fibers, OPENED_AT_ONCE)
        self._entrance = Gate(fibers, 1)
        self._budget = Budget()
        self._tracer = Tracer()
        self._slowest = Slowest()
        self._classes = user_classes(settings.files)
        self._actors: dict[tuple[str, int], Actor] = {}
        self._under_way: dict[int, tuple[greenlet.greenlet, Order]] = {}
        self._stopping = False
        self._finished: asyncio.Future[None] = fibers.loop.create_future()

    def run(self) -> None:
        """Live until told to stop, or until the driver dies."""
        self._open_browsers()
        self._link.attach(self._fibers.loop, self._hear)
        self._link.send(["ready"])
        Watch(self._fibers.loop, self._outbox.read_gauge, self._replace_the_fattest)
        try:
            self._fibers.wait(self._finished)
            self._end_users()
            self._browsers.close()
        except Exception as error:
            if not isinstance(error, DriverGone) and not self._browsers.driver_is_gone:
                raise
            self._die()

    def _open_browsers(self) -> None:
        """Start what is shared, so that a browser that does not start is known before any load."""
        for name, cls in self._classes.items():
            sample = self._make_actor(cls, name, 0)
            launch = self._lodging.launch(sample)
            if not launch.owner:
                self._browsers.get(launch)
            context_options(sample.options, sample.base_url, self._playwright.devices, None)  # a device may be unknown

    def _replace_the_fattest(self, memory_bytes: float) -> None:
        """A browser gives way to a new one when all of them together take more than they may."""
        running = self._browsers.all()
        if running and memory_bytes > sum(one.launch.size_bytes for one in running):
            self._browsers.retire(max(running, key=lambda one: one.begun))

    def _browser_died(self) -> None:
        if not self._stopping:
            self._outbox.read_gauge(DEATHS, "", 1.0)

    def blocked(self, fiber: greenlet.greenlet, time_s: float) -> None:
        """A fiber kept all others waiting."""
        for known, order in self._under_way.values():
            if known is fiber:
                track = self._actors[order.user, order.number].track
                message = f"the journey blocked the browser host for {time_s:.1f} s, so others' times are wrong"
                self._outbox.fail(track.here(), "blocked", message)

    def listener_failed(self, error: BaseException) -> None:
        """A listener of an author's raised; Playwright does not say in whose journey."""
        key = SeriesKey("journey", "", "(outside)", "", "", "journey", "")
        self._outbox.fail(key, type(error).__name__, f"in a listener: {error}")

    def _hear(self, message: list[Any]) -> None:
        kind, *values = message
        if kind == "run":
            self._begin(Order(*values))
        elif kind == "cut" and values[0] in self._under_way:
            self._fibers.throw(self._under_way[values[0]][0], Stopped())
        elif kind == "release":
            self._release(*values)
        elif kind == "phase":
            self._outbox.begin_phase(*values)
        elif kind == "stop":
            self._stop(*values)

    def _begin(self, order: Order) -> None:
        fiber = self._fibers.spawn(lambda: self._live_through(order))
        self._under_way[order.id] = (fiber, order)

    def _live_through(self, order: Order) -> None:
        if self._browsers.driver_is_gone:
            return  # this process is about to end; the engine gives the journey to the next one
        self._link.send(["begun", order.id])
        try:
            if not self._stopping:
                self._go(self._actor(order), order)
        except Stopped:
            pass
        finally:
            del self._under_way[order.id]
            self._outbox.send_waiting()
            self._link.send(["done", order.id])
            self._finish_when_idle()

    def _actor(self, order: Order) -> Actor:
        actor = self._actors.get((order.user, order.number))
        if actor is None:
            if order.planned_s is None:
                with self._entrance:
                    self._fibers.pause(PACE_S)
            actor = self._make_actor(self._classes[order.user], order.user, order.number)
            self._actors[order.user, order.number] = actor
            actor.start(self._playwright)
        return actor

    def _make_actor(self, cls: type[BrowserUser], name: str, number: int) -> Actor:
        options = self._settings.options.get(name) or BrowserOptions()
        return Actor(cls, number, self._places, self._settings.hosts[name], options)

    def _go(self, actor: Actor, order: Order) -> None:
        mark = actor.journeys[order.journey]
        track, planned_s = actor.track, order.planned_s
        try:
            session, took_s = self._open(actor, order.journey)
        except Exception as error:
            gone = BrowserGone(str(error))
            perform(track, order.journey, lambda: _raise(gone), planned_s, order.phase)
            track.hand_in((), "")
            return
        if planned_s is not None:
            planned_s += took_s  # making the context is our work, not the target's
        went_well, began_s = False, track.clock()
        try:
            if actor.runs_tests:
                vars(actor.user).setdefault(
                    "world", TestWorld(self._playwright, actor, self._lodging)
                ).session = session

            def act() -> None:
                with self._fibers.deadline(actor.options.journey_timeout_s, Overdue):
                    session.act(mark.function, actor.user)

            went_well = perform(track, order.journey, act, planned_s, order.phase)
            if went_well:
                self._keep_if_slowest(session, order, track.clock() - began_s)
            else:
                self._tracer.failed(order.journey, session.kept_trace)
            session.finish()
        finally:
            session.leave()
            self._lodging.leave(actor, session.room, went_well)

    def _open(self, actor: Actor, journey: str) -> tuple[Session, float]:
        """A new session, and how long it took to make; once more when the browser died just then."""
        with self._door:
            began_s = actor.track.clock()
            try:
                session = self._new_session(actor, journey)
            except Exception:
                if self._browsers.driver_is_gone or all(running.lives for running in self._browsers.all()):
                    raise
                session = self._new_session(actor, journey)
            return session, actor.track.clock() - began_s

    def _new_session(self, actor: Actor, journey: str) -> Session:
        room = self._lodging.enter(actor)
        session = Session(self._fibers, room, actor.track, actor.base_url, actor.options, self._budget, self._tracer)
        session.prepare(journey)
        return session

    def _keep_if_slowest(self, session: Session, order: Order, took_s: float) -> None:
        """What the slowest journeys looked like in the end is worth a look, too."""
        if self._budget.left and self._slowest.is_news(order.journey, took_s):
            key = SeriesKey("journey", order.user, order.journey, "", "", "journey", order.phase)
            said = f"the slowest of {self._slowest.seen(order.journey)} journeys so far took {took_s:.2f} s"
            self._outbox.fail(key, SLOWEST, said, lambda: session.look(None), again=True)

    def _release(self, user: str, number: int) -> None:
        for fiber, order in list(self._under_way.values()):
            if (order.user, order.number) == (user, number):
                self._fibers.throw(fiber, Stopped())
        actor = self._actors.pop((user, number), None)
        if actor is not None:
            self._fibers.spawn(lambda: self._say_goodbye(actor))

    def _say_goodbye(self, actor: Actor) -> None:
        actor.leave(self._playwright)
        self._lodging.release(actor)

    def _stop(self, within_s: float) -> None:
        self._stopping = True
        self._fibers.loop.call_later(within_s, self._cut_all)
        self._finish_when_idle()

    def _cut_all(self) -> None:
        for fiber, _ in list(self._under_way.values()):
            self._fibers.throw(fiber, Stopped())
        self._fibers.loop.call_later(CUT_WITHIN_S, self._finish)

    def _finish_when_idle(self) -> None:
        if self._stopping and not self._under_way:
            self._finish()

    def _finish(self) -> None:
        if not self._finished.done():
            self._finished.set_result(None)

    def _end_users(self) -> None:
        with suppress(TooLate), self._fibers.deadline(LEAVE_WITHIN_S):
            for actor in self._actors.values():
                actor.leave(self._playwright)
        self._outbox.send_waiting()

    def _die(self) -> NoReturn:
        """The driver is gone: journeys under way end with that, and this process does too."""
        self._link.detach()
        for fiber, _ in list(self._under_way.values()):
            if not fiber.dead:
                fiber.throw(DriverGone("Playwright's driver died"))
        self._outbox.send_waiting()
        os._exit(DRIVER_GONE)


def main() -> None:
    """Run the host; arguments: the number of the inherited socket, the settings as JSON."""
    take_long_turns()
    link = Link(socket.socket(fileno=int(sys.argv[1])))
    settings = Settings.from_plain(json.loads(os.environ.pop(SETTINGS)))
    try:
        _live(settings, link)
    except SimulatorError as error:
        link.send(["refused", str(error), error.hint, error.detail])
    except BrowserGone as error:
        link.send(["refused", str(error), None, None])
    finally:
        link.detach()


def _live(settings: Settings, link: Link) -> None:
    from playwright.sync_api import expect, sync_playwright

    read_quickly()
    expect.set_options(timeout=max(options.timeout_s for options in settings.options.values()) * 1000)
    with sync_playwright() as playwright:
        host: Host | None = None
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(_keep_quiet)
        fibers = Fibers(loop, playwright._dispatcher_fiber, lambda *what: host.blocked(*what) if host else None)
        fibers.make_sleep_cooperative()
        host = Host(settings, link, playwright, fibers)
        fibers.watch_for_blocking()
        _guard_listeners(playwright, host.listener_failed)
        with seldom_collected():
            host.run()


def _guard_listeners(playwright: Any, failed: Callable[[BaseException], None]) -> None:
    """Playwright has the next call of any user raise what a listener raised; here only the one who wrote it hears."""
    connection = getattr(playwright._impl_obj, "_connection", None)
    if connection is not None and hasattr(connection, "_on_event_listener_error"):
        connection._on_event_listener_error = failed


def _keep_quiet(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Calls that were given up when a journey was cut off end somehow; nobody waits for them."""


def _raise(error: Exception) -> NoReturn:
    raise error


if __name__ == "__main__":
    main()
