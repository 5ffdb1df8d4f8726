"""Many synchronous journeys over one event loop: each is a greenlet that gives way whenever it waits.

Playwright's synchronous API works so by itself: a call makes a task of the loop and switches to the *dispatcher*, the
greenlet that runs the loop, until the task is done. Here is the rest: more than one journey, sleeping, deadlines.
"""

from __future__ import annotations

import asyncio
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, SupportsIndex

import greenlet

BLOCKED_S = 1.0
_blocking_sleep = time.sleep


class DriverGone(Exception):  # noqa: N818 - says what happened
    """The loop has ended, so the browser cannot be reached any more."""


class TooLate(Exception):  # noqa: N818 - says what happened
    """What was done under a deadline took longer."""


class Overdue(Exception):  # noqa: N818 - says what happened
    """A whole journey took longer than it may."""


class Fibers:
    """The greenlets of one loop.

    Args:
        loop: the loop.
        dispatcher: the greenlet that runs it.
        on_blocked: is told of a fiber that kept all others waiting, and for how many seconds.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        dispatcher: greenlet.greenlet,
        on_blocked: Callable[[greenlet.greenlet, float], None],
    ) -> None:
        self.loop = loop
        self._dispatcher = dispatcher
        self._on_blocked = on_blocked
        self._switched_at_s = time.monotonic()

    def spawn(self, act: Callable[[], object]) -> greenlet.greenlet:
        """A new fiber, started as soon as the loop has a moment; what it raises is printed."""
        fiber = greenlet.greenlet(_guarded(act), parent=self._dispatcher)
        self.loop.call_soon(fiber.switch)
        return fiber

    def throw(self, fiber: greenlet.greenlet, error: BaseException) -> None:
        """Raise in a fiber, wherever it waits, as soon as the loop has a moment; nothing if it has ended."""
        self.loop.call_soon(lambda: None if fiber.dead else fiber.throw(error))

    def wait(self, future: asyncio.Future[Any]) -> Any:
        """What the future brings; other fibers go on meanwhile.

        Raises:
            DriverGone: the loop ended first.
        """
        fiber, waiting = greenlet.getcurrent(), True

        def resume(_: asyncio.Future[Any]) -> None:
            if waiting:
                fiber.switch()

        future.add_done_callback(resume)
        try:
            while not future.done():
                if self._dispatcher.dead:
                    raise DriverGone("the connection to Playwright's driver ended")
                self._dispatcher.switch()
        finally:
            waiting = False
            future.remove_done_callback(resume)
            if not self._dispatcher.dead:
                asyncio._set_running_loop(self.loop)  # the loop runs on in the dispatcher, as Playwright expects
        return future.result()

    def pause(self, time_s: float) -> None:
        """Sleep; other fibers go on meanwhile."""
        future = self.loop.create_future()
        timer = self.loop.call_later(max(0.0, time_s), future.set_result, None)
        try:
            self.wait(future)
        finally:
            timer.cancel()

    @contextmanager
    def deadline(self, time_s: float, error: type[Exception] = TooLate) -> Iterator[None]:
        """A `with` block that may take so long.

        Raises:
            TooLate: it took longer; or another error, that was asked for.
        """
        fiber = greenlet.getcurrent()
        timer = self.loop.call_later(time_s, lambda: fiber.throw(error(f"no end after {time_s:g} s")))
        try:
            yield
        finally:
            timer.cancel()

    def make_sleep_cooperative(self) -> None:
        """From now on `time.sleep` gives way to other fibers, except in the loop itself."""

        def sleep(seconds: float | SupportsIndex, /) -> None:
            if greenlet.getcurrent() is self._dispatcher or self._dispatcher.dead:
                _blocking_sleep(seconds)
            else:
                self.pause(float(seconds))

        time.sleep = sleep

    def watch_for_blocking(self) -> None:
        """From now on fibers that do not give way for a second are reported, once they do."""
        greenlet.settrace(self._switched)

    def _switched(self, event: str, fibers: tuple[greenlet.greenlet, greenlet.greenlet]) -> None:
        now_s = time.monotonic()
        took_s, self._switched_at_s = now_s - self._switched_at_s, now_s
        if took_s > BLOCKED_S and fibers[0] is not self._dispatcher:
            self._on_blocked(fibers[0], took_s)


class Gate:
    """A `with` block in which only so many fibers are at a time; the others wait in line."""

    def __init__(self, fibers: Fibers, places: int) -> None:
        self._fibers = fibers
        self._free = places
        self._line: deque[asyncio.Future[None]] = deque()

    def __enter__(self) -> None:
        while self._free == 0:
            turn = self._fibers.loop.create_future()
            self._line.append(turn)
            try:
                self._fibers.wait(turn)
            except BaseException:
                self._leave(turn)
                raise
        self._free -= 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._free += 1
        self._call_next()

    def _leave(self, turn: asyncio.Future[None]) -> None:
        if turn in self._line:
            self._line.remove(turn)
        else:
            self._call_next()  # its turn had come; it goes to the next

    def _call_next(self) -> None:
        if self._line and self._free:
            self._line.popleft().set_result(None)


def _guarded(act: Callable[[], object]) -> Callable[[], None]:
    """An error that left a fiber would end the loop under all others."""

    def guarded() -> None:
        try:
            act()
        except BaseException:
            traceback.print_exc()

    return guarded
