"""The descendants of a process, found without looking at every process of the machine, and what each has used."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import NamedTuple

import psutil

PROC = Path("/proc")
_IS_LINUX = sys.platform.startswith("linux")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_TICK_S = 1 / os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 0.01
_STARTS_NOTHING = b"--type=renderer"
"""In the command line of Chromium's pages."""


class Usage(NamedTuple):
    """What a process has used so far.

    Attributes:
        cpu_s: its own time, and that of children that have ended and were waited for.
        memory_bytes: resident; Linux is off by some pages for each processor here.
    """

    cpu_s: float
    memory_bytes: int


class Family:
    """A process's children, their children, and so on.

    Args:
        root: the process.

    Attributes:
        root: the process.
        members: its descendants, without itself.
    """

    def __init__(self, root: int) -> None:
        self.root = root
        self.members: set[int] = set()
        self._parents: set[tuple[int, int]] = set()
        self.scan()

    def scan(self) -> None:
        """Look for everybody anew."""
        found: set[int] = set()
        parents: set[tuple[int, int]] = set()
        waiting = [self.root]
        while waiting:
            pid = waiting.pop()
            for thread in threads_of(pid):
                children = children_of(pid, thread)
                if children and pid != self.root:
                    parents.add((pid, thread))
                found.update(children)
                waiting += children
        self.members, self._parents = found, parents

    def refresh(self) -> None:
        """Look for new children of those threads that had some: all that browsers have between two scans.

        Looking at each of a browser's threads would be most of what the engine does while browsers work.
        """
        for pid, thread in self._parents:
            self.members.update(children_of(pid, thread))

    def forget(self, gone: set[int]) -> None:
        """These have ended."""
        self.members -= gone


def threads_of(pid: int) -> list[int]:
    """The threads that may have children: where the system does not tell them apart, the process itself.

    Pages of browsers start nothing, and are not looked into: Linux keeps a note of each thing that was looked at, and
    has to find them all again when the process ends, which is a hundredth of all that a journey costs.
    """
    if not _IS_LINUX:
        return [pid]
    if _STARTS_NOTHING in (told(pid, "cmdline") or b""):
        return []
    try:
        return [int(task.name) for task in (PROC / str(pid) / "task").iterdir()]
    except OSError:
        return []


def children_of(pid: int, thread: int) -> list[int]:
    """The processes that a thread has started; none when it is gone."""
    if _IS_LINUX:
        return [int(word) for word in (told(pid, f"task/{thread}/children") or b"").split()]
    try:
        return [child.pid for child in psutil.Process(pid).children()]
    except psutil.Error:
        return []


def usage_of(pid: int) -> Usage | None:
    """What a process has used; `None` when it is gone."""
    if _IS_LINUX:
        words = (told(pid, "stat") or b"").rpartition(b")")[2].split()
        return Usage(sum(map(int, words[11:15])) * _TICK_S, int(words[21]) * PAGE_BYTES) if words else None
    try:
        process = psutil.Process(pid)
        times, memory = process.cpu_times(), process.memory_info()
    except psutil.Error:
        return None
    return Usage(times.user + times.system + times.children_user + times.children_system, memory.rss)


def told(pid: int, name: str) -> bytes | None:
    """What Linux tells of a process in a file under `/proc`, see proc(5); `None` when it is gone, and elsewhere."""
    try:
        with io.FileIO(f"{PROC}/{pid}/{name}") as file:
            return file.readall()
    except OSError:
        return None
