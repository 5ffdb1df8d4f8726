"""The master's book: reports of all workers, each counted once, added up second by second."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from simulator.engine.outbox import Report
from simulator.record.sample import Reading
from simulator.record.source import GENERATOR
from simulator.record.window import Window

LARGEST = frozenset({"loop_lag", "start_lag", "loop_cpu", "clock_step", "pace_slip", "browser_lag", "browser_wait"})
"""Of these readings the worst worker's stands for all; others add up."""


@dataclass
class Post:
    """What is known of one worker.

    Attributes:
        index: from 0.
        number: of the newest report that was counted.
        second: of the newest window.
        progress: as in its newest report.
        lost: nobody waits for it any more.
        ended: how it said that it ended, or `None`.
    """

    index: int
    number: int = 0
    second: int = -1
    progress: list[Any] = field(default_factory=lambda: [0, 0, 0, {}])
    lost: bool = False
    ended: dict[str, Any] | None = None


class Gathering:
    """Adds up the windows of workers.

    Args:
        workers: their names.
    """

    def __init__(self, workers: Iterable[str]) -> None:
        self.posts = {name: Post(index) for index, name in enumerate(workers)}
        self._windows: dict[int, Window] = {}

    def take(self, worker: str, report: Report) -> bool:
        """Count a report; returns whether it was a new one."""
        post = self.posts[worker]
        if report.number != post.number + 1:
            return False
        post.number, post.second, post.progress = report.number, report.window.second, report.progress
        window = report.window
        window.readings = [self._renamed(reading, post.index) for reading in window.readings]
        self._windows.setdefault(window.second, Window(window.second)).join(window)
        return True

    def due(self, until: int) -> list[Window]:
        """Windows of the seconds up to this one, in order; what comes later of them will be windows of their own."""
        return [_summed(self._windows.pop(second)) for second in sorted(self._windows) if second <= until]

    def complete_until(self) -> int:
        """The newest second that all workers have reported who are not lost."""
        seconds = [post.second for post in self.posts.values() if not post.lost and post.ended is None]
        return min(seconds) if seconds else max((post.second for post in self.posts.values()), default=-1)

    def living(self) -> list[str]:
        """The workers that are not lost."""
        return [name for name, post in self.posts.items() if not post.lost]

    def arrivals(self) -> tuple[int, int, int]:
        """How many arrivals were planned, started and dropped so far."""
        planned, started, dropped = (sum(post.progress[at] for post in self.posts.values()) for at in range(3))
        return planned, started, dropped

    def users(self) -> dict[str, int]:
        """User class → how many live."""
        total: dict[str, int] = {}
        for post in self.posts.values():
            if not post.lost:
                for name, count in post.progress[3].items():
                    total[name] = total.get(name, 0) + count
        return total

    @staticmethod
    def _renamed(reading: Reading, index: int) -> Reading:
        return replace(reading, source=f"worker {index + 1}") if reading.source == GENERATOR else reading


def _summed(window: Window) -> Window:
    """The window with readings of the generator as a whole beside those of each worker."""
    whole: dict[tuple[str, str], list[Reading]] = {}
    for reading in window.readings:
        if reading.source.startswith("worker "):
            whole.setdefault((reading.metric, reading.unit), []).append(reading)
    for (metric, unit), readings in whole.items():
        values = [reading.value for reading in readings]
        value = max(values) if metric in LARGEST else sum(values)
        window.readings.append(Reading(GENERATOR, metric, unit, max(r.at_s for r in readings), value))
    return window
