"""Notices when the host or its browsers wait for a processor: then the times of steps are not the target's doing."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable

from simulator.engine.family import PAGE_BYTES, Family, told

BEAT_S = 0.25
READ_EVERY_S = 2.0
SCAN_EVERY_S = 10.0
LEAST_S = 0.1
"""With less computing than this in a reading nobody can have waited for long."""

Tell = Callable[[str, str, float], None]
"""Takes a gauge's name, unit and value."""


class Watch:
    """Tells, every two seconds, how late the loop was and how much browsers waited for a processor.

    Waiting is what Linux counts in `schedstat`: time that the main threads of the host's descendants were ready to run
    and did not. Elsewhere only the lateness of the loop is told.

    Args:
        loop: the host's.
        tell: is told gauges.
        on_memory: is told the memory of all descendants, in bytes, every ten seconds.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, tell: Tell, on_memory: Callable[[float], None]) -> None:
        self._loop = loop
        self._tell = tell
        self._on_memory = on_memory
        self._worst_s = 0.0
        self._family = Family(os.getpid())
        self._waits = Waits(self._family)
        self._read_at_s = self._due_s = loop.time()
        self._scanned_at_s = float("-inf")
        self._next()

    def _next(self) -> None:
        self._due_s = self._loop.time() + BEAT_S
        self._loop.call_at(self._due_s, self._beat)

    def _beat(self) -> None:
        now_s = self._loop.time()
        self._worst_s = max(self._worst_s, now_s - self._due_s)
        if now_s - self._read_at_s >= READ_EVERY_S:
            self._read(now_s)
        self._next()

    def _read(self, now_s: float) -> None:
        self._read_at_s = now_s
        self._tell("browser_lag", "s", self._worst_s)
        self._worst_s = 0.0
        if now_s - self._scanned_at_s >= SCAN_EVERY_S:
            self._scanned_at_s = now_s
            self._family.scan()
            self._on_memory(memory_bytes(self._family.members))
        self._family.refresh()
        waited = self._waits.ratio()
        if waited is not None:
            self._tell("browser_wait", "share", waited)


class Waits:
    """What the descendants of a process computed, and how long they waited to.

    Args:
        family: the descendants.
    """

    def __init__(self, family: Family) -> None:
        self._family = family
        self._spent: dict[int, tuple[int, int]] = {}

    def ratio(self) -> float | None:
        """Of the time since the last call that members could have computed, the share that they waited.

        `None` when they had hardly anything to compute, or the system does not tell.
        """
        ran_ns = waited_ns = 0
        spent: dict[int, tuple[int, int]] = {}
        for pid in self._family.members:
            now = _schedstat(pid)
            if now is None:
                continue
            before = self._spent.get(pid, (0, 0))
            spent[pid] = now
            ran_ns += now[0] - before[0]
            waited_ns += now[1] - before[1]
        self._family.forget(self._family.members - spent.keys())
        self._spent = spent
        total_s = (ran_ns + waited_ns) / 1e9
        return waited_ns / 1e9 / total_s if total_s >= LEAST_S else None


def memory_bytes(pids: Iterable[int]) -> float:
    """What processes have for themselves, and once the most that one of them shares."""
    own, shared = 0, 0
    for pid in pids:
        words = (told(pid, "statm") or b"").split()
        if not words:
            continue
        resident, common = map(int, words[1:3])
        own += resident - common
        shared = max(shared, common)
    return float((own + shared) * PAGE_BYTES)


def _schedstat(pid: int) -> tuple[int, int] | None:
    """Nanoseconds that a process's main thread ran, and waited to run; `None` when that is not told."""
    words = (told(pid, "schedstat") or b"").split()
    return (int(words[0]), int(words[1])) if words else None
