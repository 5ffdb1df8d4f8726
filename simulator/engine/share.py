"""What one worker of several does of a plan: shares that add up exactly, because all deal the same cards.

Every worker works out the whole plan and takes every n-th part of it. So the parts need no agreement beyond who is
which: together they are the plan of a single process, and each begins a little after the one before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from simulator.engine.schedule import Arrival


@dataclass(frozen=True, slots=True)
class Share:
    """Every `of`-th part of a plan, beginning with number `index`; with `of` 0 nothing of it."""

    index: int
    of: int

    def takes(self, number: int) -> bool:
        """Whether the part of this number, from 0, belongs to it."""
        return self.of > 0 and number % self.of == self.index


WHOLE = Share(0, 1)


class Shares:
    """One worker's share over time.

    Args:
        first: from the beginning on.

    Attributes:
        tell: called after each change.
    """

    def __init__(self, first: Share = WHOLE) -> None:
        self.tell: Callable[[], None] = lambda: None
        self._changes = [(float("-inf"), first)]

    @property
    def latest(self) -> Share:
        """The share that was agreed on last."""
        return self._changes[-1][1]

    def change(self, from_s: float, share: Share) -> None:
        """What is planned at this second of the run, or later, is shared out in this way."""
        self._changes.append((from_s, share))
        self.tell()

    def at(self, planned_s: float) -> Share:
        """The share at a planned second of the run."""
        return next(share for from_s, share in reversed(self._changes) if from_s <= planned_s)


class Taken:
    """The arrivals of a plan that belong to a worker.

    Args:
        plan: all arrivals in order, planned in seconds since `start_s`.
        start_s: where the plan begins, in seconds of the run.
        shares: the worker's.
        first: the number of the first arrival that is still open.

    Attributes:
        number: the first that is still open while the arrival that was taken last waits for its time. It is not that
            one's own: those passed over on the way to it may be ours once the shares change.
    """

    def __init__(self, plan: Iterator[Arrival], start_s: float, shares: Shares, first: int = 0) -> None:
        self._plan = enumerate(islice(plan, first, None), first)
        self._start_s = start_s
        self._shares = shares
        self.number = self._next = first

    def __iter__(self) -> Iterator[Arrival]:
        return self

    def __next__(self) -> Arrival:
        self.number = self._next
        for number, arrival in self._plan:
            if self._shares.at(self._start_s + arrival.planned_s).takes(number):
                self._next = number + 1
                return arrival
        raise StopIteration


def dealt(counts: Mapping[str, int], share: Share) -> dict[str, int]:
    """How many users of each class belong to a worker, when all are dealt out in turns of their classes."""
    mine = (name for number, name in enumerate(in_turns(counts)) if share.takes(number))
    return dict(Counter(mine))


def in_turns(counts: Mapping[str, int]) -> Iterator[str]:
    """Names as often as they count, spread evenly, so that every class is there from the first ones on."""
    places = [((at + 0.5) / count, name) for name, count in counts.items() for at in range(count)]
    return (name for _, name in sorted(places))
