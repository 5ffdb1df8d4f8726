"""Limits at work: how many requests at a time, how many bytes a second."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

import gevent
from gevent.lock import BoundedSemaphore

from simulator.virtual.behaviour import Behaviour

PIECE_S = 0.02
"""Limited answers are sent in pieces of this much time."""
POLL_S = 0.001
"""How exactly the kernel's poll wakes."""


class Pace:
    """Hands out moments so that all bytes together keep to a rate.

    Args:
        bytes_per_s: the rate.
    """

    def __init__(self, bytes_per_s: float) -> None:
        self.bytes_per_s = bytes_per_s
        self._free_s = 0.0

    @property
    def piece_bytes(self) -> int:
        """How much is sent at a time."""
        return max(1, int(self.bytes_per_s * PIECE_S))

    def reserve(self, size_bytes: int, now_s: float) -> float:
        """The moment at which these bytes have passed."""
        self._free_s = max(self._free_s, now_s) + size_bytes / self.bytes_per_s
        return self._free_s


class FullError(Exception):
    """The queue before a limit is full."""


class Limits:
    """The limits of one service, each shared by all of its connections."""

    def __init__(self) -> None:
        self._gates: dict[str, BoundedSemaphore] = {}
        self._waiting: dict[str, int] = {}
        self._paces: dict[str, Pace] = {}

    @contextmanager
    def inside(self, behaviours: tuple[Behaviour, ...]) -> Iterator[None]:
        """Inside the block the request counts as worked on; waits for its turn before.

        Raises:
            FullError: too many are waiting already.
        """
        held: list[BoundedSemaphore] = []
        try:
            for behaviour in behaviours:
                if behaviour.concurrency is not None:
                    held.append(self._enter(behaviour, behaviour.concurrency))
            yield
        finally:
            for gate in held:
                gate.release()

    def paces(self, behaviours: tuple[Behaviour, ...]) -> list[Pace]:
        """The rates that an answer must keep to."""
        return [
            self._paces.setdefault(b.name, Pace(b.bytes_per_s)) for b in behaviours if b.bytes_per_s is not None
        ]  # fmt: skip

    def _enter(self, behaviour: Behaviour, most: int) -> BoundedSemaphore:
        gate = self._gates.setdefault(behaviour.name, BoundedSemaphore(most))
        waiting = self._waiting.get(behaviour.name, 0)
        if gate.locked() and waiting >= behaviour.queue:
            raise FullError(behaviour.name)
        self._waiting[behaviour.name] = waiting + 1
        try:
            gate.acquire()
        finally:
            self._waiting[behaviour.name] -= 1
        return gate


def sleep_until(moment_s: float) -> None:
    """Return at this monotonic moment, within a few tenths of a millisecond.

    The loop's timers count from when the loop last looked at the clock, and the kernel's poll wakes on whole
    milliseconds, always late. So the loop is told the time first, and the last millisecond is spent going round with
    the others.
    """
    left_s = moment_s - monotonic() - POLL_S
    if left_s > 0:
        gevent.get_hub().loop.update_now()
        gevent.sleep(left_s)
    while monotonic() < moment_s:
        gevent.sleep(0)
