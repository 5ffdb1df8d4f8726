"""The descendants of a process, found without looking at every process of the machine."""

from __future__ import annotations

import sys
from pathlib import Path

import psutil

PROC = Path("/proc")
_ASKS_PARENTS = sys.platform.startswith("linux")


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
        self._parents: set[int] = set()
        self.scan()

    def scan(self) -> None:
        """Look for everybody anew."""
        found: set[int] = set()
        parents: set[int] = set()
        waiting = [self.root]
        while waiting:
            pid = waiting.pop()
            children = children_of(pid)
            if children:
                parents.add(pid)
            found.update(children)
            waiting += children
        self.members, self._parents = found, parents - {self.root}

    def refresh(self) -> None:
        """Look for new children of those who had some: cheaper, and what browsers have between two scans."""
        for pid in self._parents:
            self.members.update(children_of(pid))

    def forget(self, gone: set[int]) -> None:
        """These have ended."""
        self.members -= gone


def children_of(pid: int) -> list[int]:
    """The processes that a process has started; none when it is gone."""
    if not _ASKS_PARENTS:
        return _children_elsewhere(pid)
    found: list[int] = []
    try:
        for task in (PROC / str(pid) / "task").iterdir():
            found += map(int, (task / "children").read_text().split())
    except OSError:
        pass
    return found


def _children_elsewhere(pid: int) -> list[int]:
    try:
        return [child.pid for child in psutil.Process(pid).children()]
    except psutil.Error:
        return []
