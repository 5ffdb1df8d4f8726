"""Notices when the host or its browsers wait for a processor: then the times of steps are not the target's doing."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

BEAT_S = 0.25
READ_EVERY_S = 2.0
SCAN_EVERY_S = 10.0
LEAST_S = 0.1
"""With less computing than this in a reading nobody can have waited for long."""

PROC = Path("/proc")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096

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
            self._on_memory(self._family.memory_bytes())
        waited = self._family.waited_ratio()
        if waited is not None:
            self._tell("browser_wait", "share", waited)


class Family:
    """The descendants of a process, with what they computed and how long they waited to.

    Args:
        root: the process.
    """

    def __init__(self, root: int) -> None:
        self._root = root
        self._parents: set[int] = set()
        self._members: set[int] = set()
        self._spent: dict[int, tuple[int, int]] = {}
        self.scan()

    def scan(self) -> None:
        """Look for everybody anew."""
        found: set[int] = set()
        parents: set[int] = set()
        waiting = [self._root]
        while waiting:
            pid = waiting.pop()
            children = children_of(pid)
            if children:
                parents.add(pid)
            found.update(children)
            waiting += children
        self._members, self._parents = found, parents - {self._root}

    def waited_ratio(self) -> float | None:
        """Of the time since the last call that members could have computed, the share that they waited.

        `None` when they had hardly anything to compute, or the system does not tell.
        """
        for pid in self._parents:
            self._members.update(children_of(pid))
        ran_ns = waited_ns = 0
        spent: dict[int, tuple[int, int]] = {}
        for pid in self._members:
            now = _schedstat(pid)
            if now is None:
                continue
            before = self._spent.get(pid, (0, 0))
            spent[pid] = now
            ran_ns += now[0] - before[0]
            waited_ns += now[1] - before[1]
        self._members &= spent.keys()
        self._spent = spent
        total_s = (ran_ns + waited_ns) / 1e9
        return waited_ns / 1e9 / total_s if total_s >= LEAST_S else None

    def memory_bytes(self) -> float:
        """What members have for themselves, and once the most that one of them shares."""
        own, shared = 0, 0
        for pid in self._members:
            try:
                resident, common = (int(word) for word in (PROC / str(pid) / "statm").read_text().split()[1:3])
            except (OSError, ValueError):
                continue
            own += resident - common
            shared = max(shared, common)
        return float((own + shared) * PAGE_BYTES)


def children_of(pid: int) -> list[int]:
    """The processes that a process has started; none when it is gone."""
    found: list[int] = []
    try:
        for task in (PROC / str(pid) / "task").iterdir():
            found += map(int, (task / "children").read_text().split())
    except OSError:
        pass
    return found


def _schedstat(pid: int) -> tuple[int, int] | None:
    """Nanoseconds that a process's main thread ran, and waited to run; `None` when that is not told."""
    try:
        ran, waited, _ = (PROC / str(pid) / "schedstat").read_text().split()
        return int(ran), int(waited)
    except (OSError, ValueError):
        return None
