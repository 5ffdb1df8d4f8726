"""What the load generator itself takes of the machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import psutil

LEAST_S = 0.3


class Appetite:
    """CPU and memory of this process and of those that work for it.

    Args:
        helpers: process ids of helpers, such as the browser host; their children count, too.
        clock: seconds, monotonic.
    """

    def __init__(self, helpers: Callable[[], Sequence[int]], clock: Callable[[], float]) -> None:
        self._helpers = helpers
        self._clock = clock
        self._spent_s: dict[int, float] = {}
        self._read_s = clock()
        self.read()

    def read(self) -> tuple[float | None, float]:
        """CPU since the last reading as a share of one core, and memory in bytes.

        CPU is `None` when hardly any time has passed, because the system counts it in steps of ten milliseconds.
        """
        spent_s, memory_bytes, used_s = {}, 0, 0.0
        for process in self._processes():
            try:
                times = process.cpu_times()
                memory_bytes += process.memory_info().rss
            except psutil.Error:
                continue
            spent_s[process.pid] = times.user + times.system
            used_s += max(0.0, spent_s[process.pid] - self._spent_s.get(process.pid, 0.0))
        now_s = self._clock()
        passed_s = now_s - self._read_s
        self._spent_s, self._read_s = spent_s, now_s
        return (used_s / passed_s if passed_s >= LEAST_S else None), float(memory_bytes)

    def _processes(self) -> list[psutil.Process]:
        found = [psutil.Process()]
        for pid in self._helpers():
            try:
                helper = psutil.Process(pid)
                found += [helper, *helper.children(recursive=True)]
            except psutil.Error:
                continue
        return found
