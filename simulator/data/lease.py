"""Hands out rows: each once, or to one user at a time, or to anybody; over all workers without asking anyone.

Every worker reads all rows in the same order and hands out each n-th of them, so no row is ever with two users. A
worker that is lost takes its rows with it.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable

import orjson

from simulator.data.rows import Row
from simulator.data.spec import Mode


class OutOfRowsError(Exception):
    """Every row was used, or none came back in time.

    Attributes:
        final: no row will ever be there again.
    """

    def __init__(self, message: str, *, final: bool) -> None:
        super().__init__(message)
        self.final = final


class Leases:
    """The rows of one feeder that are this worker's.

    Args:
        name: the feeder's.
        mode: see `simulator.data.spec.FeederSpec`.
        rows: all of them, in the same order everywhere.
        index: which worker this is, from 0.
        of: how many workers there are.
        within_s: how long somebody waits for a row to come back.
    """

    def __init__(
        self, name: str, mode: Mode, rows: Iterable[Row], index: int = 0, of: int = 1, within_s: float = 10.0
    ) -> None:
        self.name, self.mode = name, mode
        self._of, self._within_s = of, within_s
        every = list(rows)
        self._total = len(every)
        self._rows = every if mode == "shared" else every[index::of] if of else []
        self._free = deque(self._rows)
        self._back = threading.Condition()
        self._next = 0

    @property
    def left(self) -> int:
        """How many rows can be taken right now."""
        return len(self._rows) if self.mode == "shared" else len(self._free)

    def take(self) -> Row:
        """A row; blocks the caller while all are out that may come back.

        Raises:
            OutOfRowsError: there is none.
        """
        if self.mode == "shared":
            if not self._rows:
                raise OutOfRowsError(f"feeder {self.name!r} has no rows", final=True)
            self._next += 1
            return self._rows[(self._next - 1) % len(self._rows)]
        with self._back:
            if self.mode == "unique" and not self._free:
                raise OutOfRowsError(self._used_up(), final=True)
            if not self._rows:
                raise OutOfRowsError(f"feeder {self.name!r} has no rows for this worker", final=True)
            if not self._back.wait_for(lambda: self._free, self._within_s):
                message = f"all {len(self._rows)} rows of feeder {self.name!r} are out"
                raise OutOfRowsError(f"{message}, and none came back within {self._within_s:g} s", final=False)
            return self._free.popleft()

    def give_back(self, row: Row) -> None:
        """Somebody is done with a row; it goes to the end of the line, or nowhere when each is for one use."""
        if self.mode != "cycling":
            return
        with self._back:
            self._free.append(row)
            self._back.notify()

    def _used_up(self) -> str:
        share = f" ({len(self._rows)} of them for this worker)" if self._of > 1 else ""
        return f"all {self._total} rows of feeder {self.name!r} are used{share}"


def in_one_order(rows: Iterable[Row]) -> list[Row]:
    """Rows of a query in an order that is the same on every worker, whatever order the database gave them in."""
    return sorted(rows, key=lambda row: orjson.dumps(row, default=str, option=orjson.OPT_SORT_KEYS))
