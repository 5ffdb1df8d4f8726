"""All that was measured of one series in one stretch of time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from simulator.record.histogram import Histogram


class Cell:
    """Counts and response times of one series; cells merge by addition.

    Attributes:
        ok: response times of what succeeded.
        failed: response times of what failed.
        service: service times of what succeeded; `None` while they equal the response times.
        wait: waiting before the start of what succeeded; `None` while nothing waited.
        over: for each declared limit, how many successful response times were as large or larger (exact).
        dropped: arrivals that no user was free to start.
        cut_off: operations still open when the run ended.
        unanswered: of those, how many had been open for so long that they count as failures.
        size_bytes: bytes received.
    """

    __slots__ = ("cut_off", "dropped", "failed", "ok", "over", "service", "size_bytes", "unanswered", "wait")

    def __init__(self, limits: int = 0) -> None:
        self.ok = Histogram()
        self.failed = Histogram()
        self.service: Histogram | None = None
        self.wait: Histogram | None = None
        self.over = [0] * limits
        self.dropped = 0
        self.cut_off = 0
        self.unanswered = 0
        self.size_bytes = 0

    @property
    def count(self) -> int:
        """What ended, well or badly."""
        return self.ok.count + self.failed.count

    @property
    def errors(self) -> int:
        """What ended badly."""
        return self.failed.count

    def service_times(self) -> Histogram:
        """Service times of what succeeded."""
        return self.ok if self.service is None else self.service

    def add_ok(self, values_s: Sequence[float], limits_s: Sequence[float]) -> None:
        """Count successes whose response and service times are the same."""
        if self.service is not None:
            self.service.add_many(values_s)
        if self.wait is not None:
            self.wait.add(0.0, len(values_s))
        self.ok.add_many(values_s)
        self._count_over(values_s, limits_s, 1)

    def add_late(self, response_s: float, service_s: float, limits_s: Sequence[float]) -> None:
        """Count a success that began later than it was meant to."""
        self._split()
        assert self.service is not None
        assert self.wait is not None
        self.ok.add(response_s)
        self.service.add(service_s)
        self.wait.add(max(0.0, response_s - service_s))
        self._count_over((response_s,), limits_s, 1)

    def take_back(self, response_s: float, service_s: float | None, limits_s: Sequence[float]) -> None:
        """A success turns out to be a failure (a check after it failed)."""
        if service_s is not None or self.service is not None:
            self._split()
            assert self.service is not None
            assert self.wait is not None
            started_s = response_s if service_s is None else service_s
            self.service.add(started_s, -1)
            self.wait.add(max(0.0, response_s - started_s), -1)
        self.ok.add(response_s, -1)
        self.failed.add(response_s)
        self._count_over((response_s,), limits_s, -1)

    def merge(self, other: Cell) -> None:
        """Add what another cell counted."""
        if self.service is not None or other.service is not None:
            self._split()
            assert self.service is not None
            assert self.wait is not None
            self.service.merge(other.service_times())
            if other.wait is not None:
                self.wait.merge(other.wait)
            elif other.ok.count:
                self.wait.add(0.0, other.ok.count)
        self.ok.merge(other.ok)
        self.failed.merge(other.failed)
        self.over = _sum(self.over, other.over)
        self.dropped += other.dropped
        self.cut_off += other.cut_off
        self.unanswered += other.unanswered
        self.size_bytes += other.size_bytes

    def pack(self) -> None:
        """Take less memory: nothing is added to it any more."""
        for histogram in (self.ok, self.failed, self.service, self.wait):
            if histogram is not None:
                histogram.pack()

    def to_plain(self) -> list[Any]:
        """Lists and numbers, for msgpack."""
        return [
            self.ok.to_plain(),
            self.failed.to_plain(),
            None if self.service is None else self.service.to_plain(),
            None if self.wait is None else self.wait.to_plain(),
            self.over,
            self.dropped,
            self.cut_off,
            self.size_bytes,
            self.unanswered,
        ]

    @classmethod
    def from_plain(cls, plain: Sequence[Any]) -> Cell:
        """The cell that `to_plain` wrote."""
        made = cls()
        made.ok, made.failed = Histogram.from_plain(plain[0]), Histogram.from_plain(plain[1])
        made.service = None if plain[2] is None else Histogram.from_plain(plain[2])
        made.wait = None if plain[3] is None else Histogram.from_plain(plain[3])
        made.over, made.dropped, made.cut_off, made.size_bytes = list(plain[4]), plain[5], plain[6], plain[7]
        made.unanswered = plain[8] if len(plain) > 8 else 0  # files of before do not tell
        return made

    def _split(self) -> None:
        """From now on service times differ from response times: begin with a copy of what was the same so far."""
        if self.service is None:
            self.service, self.wait = Histogram(), Histogram()
            self.service.merge(self.ok)
            if self.ok.count:
                self.wait.add(0.0, self.ok.count)

    def _count_over(self, values_s: Sequence[float], limits_s: Sequence[float], sign: int) -> None:
        if len(self.over) < len(limits_s):
            self.over += [0] * (len(limits_s) - len(self.over))
        for at, limit_s in enumerate(limits_s):
            self.over[at] += sign * sum(value_s >= limit_s for value_s in values_s)


def merged(cells: Iterable[Cell]) -> Cell:
    """One cell with the counts of all."""
    total = Cell()
    for cell in cells:
        total.merge(cell)
    return total


def _sum(mine: list[int], other: list[int]) -> list[int]:
    longer, shorter = (mine, other) if len(mine) >= len(other) else (other, mine)
    return [count + (shorter[at] if at < len(shorter) else 0) for at, count in enumerate(longer)]
