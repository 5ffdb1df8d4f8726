"""One journey as it went, span by span, and which of all journeys are kept: the typical, the slowest, the failed."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

from simulator.record.sample import Outcome

MOST_SPANS = 150
"""So many spans of one journey are kept; how many more there were is counted."""
LONGEST_NAME = 300
MOST_TYPICAL = 8
MOST_FAILED = 3
MOST_GROUPS = 200

SpanLevel = Literal["step", "operation", "request"]


class Span(NamedTuple):
    """Something inside a journey that took time.

    Attributes:
        level: step, operation, or request (of a page).
        name: what it is called.
        kind: of an operation (http, message …) or of a request (document, script …); empty text for a step.
        start_s: since the journey began.
        took_s: how long.
        outcome: ok, error, or cut off.
    """

    level: SpanLevel
    name: str
    kind: str
    start_s: float
    took_s: float
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Trace:
    """One journey.

    Attributes:
        user: the user class.
        journey: the journey's name.
        phase: the phase in which it began.
        error_class: of what failed it; empty text when it went well.
        at_s: when it began, since the run began.
        lag_s: how much later than it was meant to.
        took_s: from its real start to its end.
        lot: drawn at random, 0 to 1: those with the smallest ones are a fair sample, however they were collected.
        spans: in the order in which they ended.
        left_out: how many more spans there were.
    """

    user: str
    journey: str
    phase: str
    error_class: str
    at_s: float
    lag_s: float
    took_s: float
    lot: float
    spans: Sequence[Span]
    left_out: int = 0

    @property
    def response_s(self) -> float:
        """From the moment at which it was meant to begin to its end."""
        return self.lag_s + self.took_s

    def without_spans(self) -> Trace:
        """What a choice among traces needs of it: many fit into memory."""
        return replace(self, spans=())

    def to_plain(self) -> list[Any]:
        """Lists and numbers, for msgpack."""
        head = [self.user, self.journey, self.phase, self.error_class, self.at_s, self.lag_s, self.took_s, self.lot]
        return [*head, [list(span) for span in self.spans], self.left_out]

    @classmethod
    def from_plain(cls, plain: Sequence[Any]) -> Trace:
        """The trace that `to_plain` wrote."""
        user, journey, phase, error_class, at_s, lag_s, took_s, lot, spans, left_out = plain
        made = tuple(Span(*span) for span in spans)
        return cls(user, journey, phase, error_class, at_s, lag_s, took_s, lot, made, left_out)


class Keeper:
    """Keeps few of many traces; the choice does not depend on how they were split over processes and seconds.

    Of each journey in each phase: a fair sample of those that went well, the slowest of them, and the first failed one
    of each class of error.
    """

    def __init__(self) -> None:
        self._groups: dict[tuple[str, str, str], _Group] = {}

    def offer(self, trace: Trace) -> tuple[bool, list[Trace]]:
        """Look at one more; returns whether it is kept, and those that are kept no longer."""
        key = (trace.user, trace.journey, trace.phase)
        group = self._groups.get(key)
        if group is None:
            if len(self._groups) >= MOST_GROUPS:
                return False, []
            group = self._groups[key] = _Group()
        before = group.kept()
        group.take(trace)
        after = group.kept()
        return id(trace) in after, [kept for number, kept in before.items() if number not in after]

    def __iter__(self) -> Iterator[Trace]:
        for group in self._groups.values():
            yield from group.kept().values()


class _Group:
    """The traces of one journey in one phase."""

    def __init__(self) -> None:
        self._typical: list[tuple[float, int, Trace]] = []  # a heap, the largest lot first
        self._slowest: Trace | None = None
        self._failed: dict[str, Trace] = {}

    def take(self, trace: Trace) -> None:
        if trace.error_class:
            known = self._failed.get(trace.error_class)
            is_new = known is None and len(self._failed) < MOST_FAILED
            if is_new or (known is not None and trace.at_s < known.at_s):
                self._failed[trace.error_class] = trace
            return
        put = heapq.heappush if len(self._typical) < MOST_TYPICAL else heapq.heappushpop
        put(self._typical, (-trace.lot, id(trace), trace))
        if self._slowest is None or trace.response_s > self._slowest.response_s:
            self._slowest = trace

    def kept(self) -> dict[int, Trace]:
        found: Iterable[Trace] = [trace for _, _, trace in self._typical]
        slowest = [] if self._slowest is None else [self._slowest]
        return {id(trace): trace for trace in (*found, *slowest, *self._failed.values())}
