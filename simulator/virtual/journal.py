"""What a virtual service was asked: the last requests one by one, and times by operation since they were last taken."""

from __future__ import annotations

from base64 import b64encode
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simulator.virtual.answer import Answer
from simulator.virtual.request import Request
from simulator.virtual.rule import shown_as

MOST_ENTRIES = 2000
MOST_BODY_BYTES = 4096
MOST_ANSWER_BYTES = 16_384
MOST_MISSES = 100
MOST_OPERATIONS = 200
UNMATCHED = "(unmatched)"


@dataclass(slots=True)
class Entry:
    """One request that was answered, or not. Not frozen, since that doubles what it costs to make one.

    Attributes:
        at_s: when it came, monotonic.
        phase: the phase in which it came.
        request: what was asked.
        stub: the stub's name, or `None` when none fits.
        status: of the answer, or 0 when none was sent.
        response_s: until the answer was sent.
        failed: an answer of 500 and more, none at all, or one that a fault spoiled.
        differences: for a request that no stub answers, where it differs from the nearest.
        answer: what was sent; `None` when nothing was, or when it is too long to be kept.
    """

    at_s: float
    phase: str
    request: Request
    stub: str | None
    status: int
    response_s: float
    failed: bool
    differences: tuple[str, ...] = ()
    answer: Answer | None = None

    def to_plain(self) -> dict[str, Any]:
        """For JSON; long bodies are cut."""
        return {
            "at_s": self.at_s,
            "phase": self.phase,
            "method": self.request.method,
            "target": self.request.target,
            "headers": dict(self.request.headers),
            "body": shown_as(self.request.body[:MOST_BODY_BYTES].decode("utf-8", "replace")),
            "user": self.request.user,
            "stub": self.stub,
            "status": self.status,
            "response_s": self.response_s,
            "failed": self.failed,
            "differences": list(self.differences),
            "answer": _plain(self.answer) if self.answer else None,
        }


def _plain(answer: Answer) -> dict[str, Any]:
    return {"headers": [list(pair) for pair in answer.headers], "content": b64encode(answer.body).decode()}


class Tally:
    """Times of one operation in one phase since they were last taken.

    Attributes:
        ok_s: seconds that each good answer took.
        failed_s: seconds that each failure took.
        size_bytes: bytes sent.
    """

    __slots__ = ("failed_s", "ok_s", "size_bytes")

    def __init__(self) -> None:
        self.ok_s: list[float] = []
        self.failed_s: list[float] = []
        self.size_bytes = 0


class Journal:
    """Everything a service was asked, bounded.

    Attributes:
        entries: the last ones.
        count: how many there were in all.
        unmatched: how many of them no stub answered.
        uses: stub → how often it answered.
    """

    def __init__(self) -> None:
        self.entries: deque[Entry] = deque(maxlen=MOST_ENTRIES)
        self.count = 0
        self.unmatched = 0
        self.uses: dict[str, int] = {}
        self._tallies: dict[tuple[str, str], Tally] = {}
        self._misses: dict[tuple[str, str, str], int] = {}

    def add(self, entry: Entry, operation: str, size_bytes: int) -> None:
        """Note one request."""
        self.entries.append(entry)
        self.count += 1
        key = (operation, entry.phase)
        tally = self._tallies.get(key)
        if tally is None:
            if len(self._tallies) >= MOST_OPERATIONS:
                key = ("(other)", entry.phase)
            tally = self._tallies.setdefault(key, Tally())
        (tally.failed_s if entry.failed else tally.ok_s).append(entry.response_s)
        tally.size_bytes += size_bytes
        if entry.stub is not None:
            self.uses[entry.stub] = self.uses.get(entry.stub, 0) + 1
        else:
            self._miss(entry)

    def take(self) -> dict[str, Any]:
        """Times and misses since the last call, for JSON."""
        tallies, self._tallies = self._tallies, {}
        misses, self._misses = self._misses, {}
        return {
            "operations": [
                {"name": name, "phase": phase, "ok_s": t.ok_s, "failed_s": t.failed_s, "bytes": t.size_bytes}
                for (name, phase), t in tallies.items()
            ],
            "misses": [
                {"name": name, "phase": phase, "differences": text, "count": count}
                for (name, phase, text), count in misses.items()
            ],
        }

    def forget(self) -> None:
        """Empty it."""
        self.entries.clear()
        self.uses.clear()
        self.count = self.unmatched = 0
        self.take()

    def uses_of(self, stub: str) -> int:
        """How often a stub answered."""
        return self.uses.get(stub, 0)

    def _miss(self, entry: Entry) -> None:
        self.unmatched += 1
        request = entry.request
        key = (f"{request.method} {request.path}"[:200], entry.phase, "; ".join(entry.differences)[:1000])
        if key in self._misses or len(self._misses) < MOST_MISSES:
            self._misses[key] = self._misses.get(key, 0) + 1


def counters(journal: Journal) -> Mapping[str, int]:
    """The totals of a journal."""
    return {"requests": journal.count, "unmatched": journal.unmatched}
