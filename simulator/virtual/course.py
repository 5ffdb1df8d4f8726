"""When a behaviour shows: always, in a share of requests, every n-th, in bursts, in windows, or growing."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from simulator.node import Node

COURSE_KEYS = ("share", "every", "bursts", "windows", "grows_over")


@dataclass(frozen=True)
class Course:
    """When a behaviour shows, counted from the moment it was switched on.

    Attributes:
        share: of the requests that it could touch, 0 to 1.
        every: each n-th of them; 1 for all.
        burst: (period, length) in seconds: at the start of each period, for that long; `None` for no bursts.
        windows_s: stretches (from, to) outside of which it rests; empty for no windows.
        grows_over_s: how long until it has its full strength; 0 for at once.
    """

    share: float = 1.0
    every: int = 1
    burst: tuple[float, float] | None = None
    windows_s: tuple[tuple[float, float], ...] = ()
    grows_over_s: float = 0.0

    def shows(self, on_for_s: float, nth: int, random: Random) -> bool:
        """Whether it touches the n-th request (counted from 1), this long after it was switched on."""
        if self.windows_s and not any(start_s <= on_for_s < end_s for start_s, end_s in self.windows_s):
            return False
        if self.burst is not None and on_for_s % self.burst[0] >= self.burst[1]:
            return False
        if nth % self.every:
            return False
        share = self.share * self.strength(on_for_s)
        return share >= 1.0 or random.random() < share if self.share < 1.0 else True

    def strength(self, on_for_s: float) -> float:
        """How much of its full strength it has by now, 0 to 1."""
        return 1.0 if self.grows_over_s <= 0 else min(1.0, on_for_s / self.grows_over_s)


def read_course(node: Node) -> Course:
    """The course of a behaviour in a stub file."""
    share, every, bursts, windows, grows = (node.get(key) for key in COURSE_KEYS)
    nth = every.integer(1) if every else 1
    if every is not None and nth < 1:
        every.problem("every takes a whole number from 1")
    return Course(
        share=share.share(1.0) if share else 1.0,
        every=max(1, nth),
        burst=_burst(bursts) if bursts else None,
        windows_s=tuple(_window(each) for each in windows.one_or_more()) if windows else (),
        grows_over_s=grows.duration() if grows else 0.0,
    )


def _burst(node: Node) -> tuple[float, float] | None:
    entries = node.mapping(("every", "for"), required=("every", "for"))
    every_s, for_s = (entries[key].duration(1.0) if key in entries else 1.0 for key in ("every", "for"))
    if not 0 < for_s <= every_s:
        node.problem("a burst lasts no longer than the time from one to the next")
        return None
    return every_s, for_s


def _window(node: Node) -> tuple[float, float]:
    entries = node.mapping(("from", "for"), required=("from", "for"))
    from_s, for_s = (entries[key].duration() if key in entries else 0.0 for key in ("from", "for"))
    return from_s, from_s + for_s
