"""What a process and all that it has started consume: CPU time and memory, as the kernel counts them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

TICK_S = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Member:
    """One process.

    Attributes:
        pid: its number.
        role: `chromium`, or whatever else its command is.
        cpu_s: its own time, and that of its descendants that have ended and were waited for.
    """

    pid: int
    role: str
    cpu_s: float


def members(root: int) -> list[Member]:
    """All living processes of a family; parents first."""
    found, waiting = [], [(root, "")]
    while waiting:
        pid, parents_role = waiting.pop()
        member = _member(pid, parents_role)
        if member is not None:
            found.append(member)
            waiting += [(child, member.role) for child in _children(pid)]
    return found


def cpu_s(root: int) -> dict[str, float]:
    """CPU seconds of a family so far, by role. Renderers are waited for by Chromium's zygote, so none is lost."""
    total: dict[str, float] = {}
    for member in members(root):
        total[member.role] = total.get(member.role, 0.0) + member.cpu_s
    return total


def pss_bytes(root: int) -> int:
    """Proportional share of memory of a family now."""
    return sum(_pss(member.pid) for member in members(root))


def _member(pid: int, parents_role: str) -> Member | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return None
    words = command.replace(b"\0", b" ").decode("utf-8", "replace").split()  # renderers write theirs as one text
    name = words[0].rpartition("/")[2] if words else parents_role  # one that has just ended says nothing any more
    user, system, childrens_user, childrens_system = map(int, stat.rpartition(")")[2].split()[11:15])
    role = "chromium" if "chrom" in name or "headless" in name else name
    return Member(pid, role, (user + system + childrens_user + childrens_system) * TICK_S)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (task / "children").read_text().split())
    except OSError:
        pass
    return found


def _pss(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0
