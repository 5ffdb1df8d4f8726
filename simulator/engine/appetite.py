"""What the load generator itself takes of the machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import psutil

from simulator.engine.family import Family, usage_of

LEAST_S = 0.3
SCAN_EACH = 5
"""Every so many readings a family is looked for anew; between them only children of those who had some are."""


class Appetite:
    """CPU and memory of this process and of those that work for it.

    Args:
        helpers: process ids of helpers, such as the browser host; their children count, too.
        clock: seconds, monotonic.
    """

    def __init__(self, helpers: Callable[[], Sequence[int]], clock: Callable[[], float]) -> None:
        self._helpers = helpers
        self._clock = clock
        self._here = psutil.Process()
        self._families: dict[int, Helper] = {}
        self._spent_s = 0.0
        self._read_s = clock()
        self.read()

    def read(self) -> tuple[float | None, float]:
        """CPU since the last reading as a share of one core, and memory in bytes.

        CPU is `None` when hardly any time has passed, because the system counts it in steps of ten milliseconds.
        """
        spent_s, size_bytes = time.process_time(), self._here.memory_info().rss
        self._families = {pid: self._families.get(pid) or Helper(pid) for pid in self._helpers()}
        for helper in self._families.values():
            helpers_s, helpers_bytes = helper.read()
            spent_s += helpers_s
            size_bytes += helpers_bytes
        now_s = self._clock()
        passed_s, used_s = now_s - self._read_s, max(0.0, spent_s - self._spent_s)
        self._spent_s, self._read_s = spent_s, now_s
        return (used_s / passed_s if passed_s >= LEAST_S else None), float(size_bytes)


class Helper:
    """A process that works for us, with its descendants.

    Args:
        pid: the process.
    """

    def __init__(self, pid: int) -> None:
        self._family = Family(pid)
        self._looks = 0

    def read(self) -> tuple[float, int]:
        """CPU seconds so far, those of children that have ended included, and memory in bytes."""
        self._looks += 1
        if self._looks % SCAN_EACH:
            self._family.refresh()
        else:
            self._family.scan()
        spent_s, size_bytes, gone = 0.0, 0, set[int]()
        for pid in {self._family.root, *self._family.members}:
            usage = usage_of(pid)
            if usage is None:
                gone.add(pid)
                continue
            spent_s += usage.cpu_s
            size_bytes += usage.memory_bytes
        self._family.forget(gone)
        return spent_s, size_bytes


class OwnCpu:
    """CPU of the process that the users live in, its helpers left out: what tells whether its loop keeps up.

    Args:
        clock: seconds, monotonic.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._read_s, self._spent_s = clock(), time.process_time()

    def read(self) -> float | None:
        """Share of one core since the last reading; `None` when hardly any time has passed."""
        now_s, spent_s = self._clock(), time.process_time()
        passed_s, used_s = now_s - self._read_s, spent_s - self._spent_s
        self._read_s, self._spent_s = now_s, spent_s
        return used_s / passed_s if passed_s >= LEAST_S else None


class WallClock:
    """Notices when the time of day is set. Nothing is measured with it, but reports are read by it.

    Args:
        clock: seconds, monotonic.
        wall: seconds since 1970.
    """

    def __init__(self, clock: Callable[[], float], wall: Callable[[], float] = time.time) -> None:
        self._clock, self._wall = clock, wall
        self._offset_s = wall() - clock()

    def step_s(self) -> float:
        """By how much the time of day was moved since the last reading, in seconds, whichever way."""
        before_s, self._offset_s = self._offset_s, self._wall() - self._clock()
        return abs(self._offset_s - before_s)
