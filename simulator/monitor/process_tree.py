"""CPU and memory of a process with all its children."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import psutil

from simulator.record.sample import Reading
from simulator.record.source import MACHINE


class ProcessTree:
    """A process and whatever it starts, read once a second.

    Args:
        source: the name under which readings are kept.
        pid: the process.
    """

    def __init__(self, source: str, pid: int) -> None:
        self.source = source
        self._pid = pid
        self._spent_s: dict[tuple[int, float], float] = {}
        self._read_at_s: float | None = None

    def read(self, at_s: float) -> list[Reading]:
        """CPU since the last reading as a share of one core (not at the first one), and memory in bytes now.

        An ended process has no readings.
        """
        spent_s, memory_bytes = {}, 0
        for process in self._members():
            with contextlib.suppress(psutil.Error), process.oneshot():
                times = process.cpu_times()
                memory_bytes += process.memory_info().rss
                spent_s[process.pid, process.create_time()] = times.user + times.system
        if not spent_s:
            return []
        readings = [Reading(self.source, "memory", "bytes", at_s, float(memory_bytes))]
        if self._read_at_s is not None and at_s > self._read_at_s:
            # A process that was not there at the last reading has spent all of its time since.
            used_s = sum(now_s - self._spent_s.get(who, 0.0) for who, now_s in spent_s.items())
            readings.append(Reading(self.source, "cpu", "share", at_s, used_s / (at_s - self._read_at_s)))
        self._spent_s, self._read_at_s = spent_s, at_s
        return readings

    def _members(self) -> Iterator[psutil.Process]:
        with contextlib.suppress(psutil.Error):
            root = psutil.Process(self._pid)
            yield root
            yield from root.children(recursive=True)


def machine_readings(at_s: float) -> list[Reading]:
    """CPU of all cores since the last call as a share of all of them, and memory in use."""
    memory = psutil.virtual_memory()
    return [
        Reading(MACHINE, "cpu", "share", at_s, psutil.cpu_percent(interval=None) / 100),
        Reading(MACHINE, "memory", "bytes", at_s, float(memory.total - memory.available)),
    ]
