"""What a tool has consumed, and how much of that is not the browser."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.browser.family import cpu_s
from benchmarks.browser.group import Group


@dataclass(frozen=True)
class Spent:
    """CPU seconds of a tool so far.

    Attributes:
        all_s: of everything.
        rest_s: of everything but the browser.
    """

    all_s: float
    rest_s: float

    @classmethod
    def by(cls, group: Group, pid: int) -> Spent:
        """By a process and its family, browsers that have ended included.

        Args:
            group: the control group that it is in.
            pid: the process.

        Raises:
            RuntimeError: no control group can be made here; this needs Linux and root.
        """
        all_s, roles = group.cpu_s(), cpu_s(pid)
        if all_s is None:
            raise RuntimeError("no control group can be made here; this needs Linux and root")
        return cls(all_s, sum(seconds for role, seconds in roles.items() if role != "chromium"))

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.all_s + other.all_s, self.rest_s + other.rest_s)

    def __sub__(self, other: Spent) -> Spent:
        return Spent(self.all_s - other.all_s, self.rest_s - other.rest_s)
