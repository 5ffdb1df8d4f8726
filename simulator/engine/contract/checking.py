"""Checks answers against contracts while the load runs: after their times have been taken, between other users' turns.

What is checked is counted in series of level `contract`, one beside each operation: an answer that keeps its promises
is a success that took as long as looking at it did, one that breaks them an error, one that was left out is `dropped`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from time import monotonic, thread_time
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import gevent

from simulator.contract.checker import Checker, Promises
from simulator.journey.http.plan import Plan
from simulator.journey.http.response import Response
from simulator.journey.operation import Operation
from simulator.record.cell import Cell
from simulator.record.recorder import Entry, Recorder
from simulator.record.sample import Sample, SeriesKey

MOST_WAITING = 5000
SLICE_S = 0.001
REST_S = 0.005
SECOND_S = 1.0
LEAST_SHARE = 0.001
CONTRACT: Final = "contract"


class _Waiting(NamedTuple):
    promises: Promises
    response: Response
    key: SeriesKey


class Checking:
    """The checks of one process.

    Args:
        checker: what is promised.
        recorder: where it is written down.
        share: how many answers are looked at, 0 to 1.
        budget_ratio: the part of a core that looking at them may take; beyond it, fewer are.
        clock: seconds of CPU that the calling thread has used.
    """

    def __init__(
        self, checker: Checker, recorder: Recorder, share: float, budget_ratio: float,
        clock: Callable[[], float] = thread_time,
    ) -> None:  # fmt: skip
        self._checker, self._recorder, self._clock = checker, recorder, clock
        self._wanted_share = self._share = share
        self._budget_s = budget_ratio * SECOND_S
        self._owed = 1.0 - share
        self._waiting: deque[_Waiting] = deque()
        self._left_out: dict[SeriesKey, int] = {}
        self._promises: dict[tuple[str, str], Promises] = {}
        self._entries: dict[SeriesKey, tuple[SeriesKey, Entry | None]] = {}
        self._second_s = self._spent_s = 0.0
        self._hosts: set[str] = set()
        self._turns: Any = None

    def at_home(self, address: str) -> None:
        """Requests to this address are what the contracts are about; those to elsewhere are not looked at."""
        self._hosts.add(urlsplit(address).netloc)

    def begin(self) -> None:
        """Answers come from now on."""
        self._second_s = monotonic()
        self._turns = gevent.spawn(self._take_turns)

    def see(self, plan: Plan, response: Response, operation: Operation) -> None:
        """An answer came; it is looked at when nobody else waits."""
        promises = self._promises.get((plan.method, plan.url))
        if promises is None:
            promises = self._looked_up(plan)
        if not promises or not response.status_code:
            return
        self._owed += self._share
        if self._owed >= 1.0 and len(self._waiting) < MOST_WAITING:
            self._owed -= 1.0
            first = response.history[0] if response.history else response
            self._waiting.append(_Waiting(promises, first, operation.key))
        else:
            key = operation.key
            self._left_out[key] = self._left_out.get(key, 0) + 1

    def end(self) -> None:
        """Look at all that is still waiting; nothing comes any more."""
        if self._turns is not None:
            self._turns.kill()
        while self._waiting:
            self._look_at(self._waiting.popleft())
        self._tell_left_out()

    def _take_turns(self) -> None:
        while True:
            ends_s = monotonic() + SLICE_S
            while self._waiting and monotonic() < ends_s:
                if self._spent_s >= self._budget_s:
                    self._leave_out()
                else:
                    self._look_at(self._waiting.popleft())
            if monotonic() - self._second_s >= SECOND_S:
                self._next_second()
            gevent.sleep(0 if self._waiting else REST_S)

    def _next_second(self) -> None:
        """Look at fewer or more in the next second, so that the budget is spread evenly."""
        if self._spent_s > 0:
            self._share = min(self._wanted_share, max(LEAST_SHARE, self._share * 0.9 * self._budget_s / self._spent_s))
        self._second_s, self._spent_s = monotonic(), 0.0
        self._tell_left_out()

    def _leave_out(self) -> None:
        key = self._waiting.popleft().key
        self._left_out[key] = self._left_out.get(key, 0) + 1

    def _look_at(self, waiting: _Waiting) -> None:
        started_s = self._clock()
        response = waiting.response
        promises = waiting.promises
        sent = response.sent.partition(b"\r\n\r\n")[2] if any(len(group) > 1 for group in promises) else b""
        found = self._checker.violations(promises, response.status_code, response.head, response.content, sent)
        took_s = self._clock() - started_s
        if not found:
            self._count(waiting.key, took_s)
        else:
            key = waiting.key._replace(level=CONTRACT)
            self._recorder.add(Sample(key, "error", took_s))
            self._recorder.fail(key, CONTRACT, "; ".join(map(str, found)), response.evidence)
            took_s = self._clock() - started_s
        self._spent_s += took_s

    def _count(self, of: SeriesKey, took_s: float) -> None:
        key, entry = self._entries.get(of) or self._entry(of)
        if entry is not None:
            entry.times_s.append(took_s)
        else:
            self._recorder.add(Sample(key, "ok", took_s))

    def _entry(self, of: SeriesKey) -> tuple[SeriesKey, Entry | None]:
        """The series of an operation's checks, and its entry as long as the operation's phase is the present one."""
        key = of._replace(level=CONTRACT)
        if of.phase not in ("", self._recorder.phase):
            return key, None
        found = self._entries[of] = (key, self._recorder.buffer(key).now)
        return found

    def _tell_left_out(self) -> None:
        left_out, self._left_out = self._left_out, {}
        for key, many in left_out.items():
            cell = Cell()
            cell.dropped = many
            self._recorder.count(key._replace(level=CONTRACT), cell)

    def _looked_up(self, plan: Plan) -> Promises:
        if len(self._promises) >= MOST_WAITING:
            self._promises.clear()
        parts = urlsplit(plan.url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        found = self._checker.promises(plan.method, target) if parts.netloc in self._hosts else ()
        self._promises[plan.method, plan.url] = found
        return found
