"""The traces in a data file: the few that are kept so far, within a number of bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from simulator.record.trace import Keeper, Trace

MOST_BYTES = 4 * 1024 * 1024
"""So much of a file traces may take."""


class TraceTable:
    """Decides with each trace that comes which rows go in and out.

    Args:
        pack: makes bytes of plain values.
    """

    def __init__(self, pack: Callable[[Any], bytes]) -> None:
        self._pack = pack
        self._keeper = Keeper()
        self._rows: dict[int, tuple[int, int]] = {}  # of each trace: the number of its row, and how large that is
        self._bytes = self._last = 0

    def rows_of(self, trace: Trace) -> Iterator[tuple[str, Sequence[Any]]]:
        """Statements with their values that keep a trace if it is worth it, and let go those that are no longer."""
        known = trace.without_spans()
        is_kept, gone = self._keeper.offer(known)
        for old in gone:
            number, size_bytes = self._rows.pop(id(old), (0, 0))
            self._bytes -= size_bytes
            yield "DELETE FROM trace WHERE id=?", (number,)
        packed = self._pack(trace.to_plain()) if is_kept else b""
        if packed and self._bytes + len(packed) <= MOST_BYTES:
            self._bytes += len(packed)
            self._last += 1
            self._rows[id(known)] = self._last, len(packed)
            yield "INSERT INTO trace VALUES (?, ?)", (self._last, packed)
