"""Which processes a run has started, written down outside of it, so that a killed run's leftovers can be found."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from simulator.environment.group import ask_to_end, end, members

FOLDER = ".running"
SAME_START_S = 0.05
GONE_WITHIN_S = 5.0


@dataclass(frozen=True)
class Member:
    """A process that leads a group of its own.

    Attributes:
        name: of the service.
        pid: its process id, which is also its group's.
        started_s: when it was started, since the epoch; tells it from a later process with the same id.
    """

    name: str
    pid: int
    started_s: float


class Ledger:
    """What the present run has started.

    Args:
        folder: where ledgers of all runs lie.
    """

    def __init__(self, folder: Path) -> None:
        self._owner = Member("simulator", os.getpid(), started_s(os.getpid()))
        self._path = folder / f"{self._owner.pid}-{self._owner.started_s:.2f}.json"
        self._members: list[Member] = []

    def add(self, name: str, pid: int) -> None:
        """A service has been started."""
        self._members.append(Member(name, pid, started_s(pid)))
        self._write(kept=False)

    def keep(self) -> None:
        """The services stay up on purpose; nobody shall take them for leftovers."""
        self._write(kept=True)

    def close(self) -> None:
        """All of them have been stopped."""
        self._path.unlink(missing_ok=True)

    def _write(self, *, kept: bool) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        plain = {"owner": asdict(self._owner), "kept": kept, "members": [asdict(member) for member in self._members]}
        draft = self._path.with_suffix(".tmp")
        draft.write_text(json.dumps(plain))
        draft.replace(self._path)


def stop_leftovers(folder: Path, tell: Callable[[str], None]) -> list[str]:
    """Stop what runs left behind that were killed before they could do it; returns the services' names."""
    found = []
    for path in sorted(folder.glob("*.json")):
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
            plain = json.loads(path.read_text())
            if is_alive(Member(**plain["owner"])) or plain["kept"]:
                continue
            for member in reversed(_members(plain)):
                if _has_group(member):
                    tell(f"stopping {member.name} (process {member.pid}), which a killed run left behind")
                    _end_group(member)
                    found.append(member.name)
            path.unlink(missing_ok=True)
    return found


def is_alive(member: Member) -> bool:
    """Whether this very process still runs, not another one with its id."""
    try:
        process = psutil.Process(member.pid)
        return process.status() != psutil.STATUS_ZOMBIE and abs(process.create_time() - member.started_s) < SAME_START_S
    except psutil.Error:
        return False


def started_s(pid: int) -> float:
    """When a process was started, since the epoch; 0 when it is gone already."""
    try:
        return float(psutil.Process(pid).create_time())
    except psutil.Error:
        return 0.0


def _members(plain: dict[str, Any]) -> list[Member]:
    return [Member(**member) for member in plain["members"]]


def _has_group(member: Member) -> bool:
    """Whether the process, or anything of its group, still runs.

    No process gets the id of a group that still has members: once the leader is gone, what is in the group is its own.
    """
    another = psutil.pid_exists(member.pid) and abs(started_s(member.pid) - member.started_s) >= SAME_START_S
    return not another and any(members(member.pid))


def _end_group(member: Member) -> None:
    """Ask the whole group to end, then end it."""
    if ask_to_end(member.pid):
        ends_s = time.monotonic() + GONE_WITHIN_S
        while any(members(member.pid)) and time.monotonic() < ends_s:
            time.sleep(0.05)
        end(member.pid)
