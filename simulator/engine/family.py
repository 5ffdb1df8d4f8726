"""The descendants of a process, found without looking at every process of the machine."""

from __future__ import annotations

import sys
from pathlib import Path

import psutil

PROC = Path("/proc")
_TELLS_THREADS = sys.platform.startswith("linux")


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
    """The threads that may have children: where the system does not tell them apart, the process itself."""
    if not _TELLS_THREADS:
        return [pid]
    try:
        return [int(task.name) for task in (PROC / str(pid) / "task").iterdir()]
    except OSError:
        return []


def children_of(pid: int, thread: int) -> list[int]:
    """The processes that a thread has started; none when it is gone."""
    try:
        if not _TELLS_THREADS:
            return [child.pid for child in psutil.Process(pid).children()]
        return [int(word) for word in (PROC / str(pid) / "task" / str(thread) / "children").read_bytes().split()]
    except (OSError, psutil.Error):
        return []
