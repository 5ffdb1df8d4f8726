"""How long an answer takes: drawn from a distribution, or as a recording found it."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Protocol

from simulator.node import Node

_P95 = 1.6448536269514722  # standard deviations from the median to the 95th percentile
LONGEST_S = 3600.0


class Latency(Protocol):
    """Draws a time."""

    def draw(self, random: Random, in_flight: int) -> float:
        """Seconds for one answer, of which `in_flight` are being made at this moment, this one included."""


@dataclass(frozen=True)
class Constant:
    """Always the same."""

    seconds: float

    def draw(self, random: Random, in_flight: int) -> float:
        return self.seconds


@dataclass(frozen=True)
class Uniform:
    """Anything between two times, all equally likely."""

    least_s: float
    most_s: float

    def draw(self, random: Random, in_flight: int) -> float:
        return random.uniform(self.least_s, self.most_s)


@dataclass(frozen=True)
class Normal:
    """A bell around its mean, never below nothing."""

    mean_s: float
    deviation_s: float

    def draw(self, random: Random, in_flight: int) -> float:
        return max(0.0, random.gauss(self.mean_s, self.deviation_s))


@dataclass(frozen=True)
class LogNormal:
    """A long tail to the slow side, given by its median and its 95th percentile."""

    median_s: float
    p95_s: float

    def draw(self, random: Random, in_flight: int) -> float:
        sigma = math.log(self.p95_s / self.median_s) / _P95
        return min(LONGEST_S, self.median_s * math.exp(random.gauss(0.0, sigma)))


@dataclass(frozen=True)
class Recorded:
    """As measured: quantiles for each number of requests in flight at which it was measured.

    With more in flight than any recording had, the service counts as saturated: answers come at the rate at which they
    came at the highest measured number, so each takes longer in proportion (Little's law).

    Attributes:
        levels: numbers of requests in flight, rising.
        quantiles_s: for each of them times at evenly spaced ranks from the smallest to the largest.
    """

    levels: tuple[int, ...]
    quantiles_s: tuple[tuple[float, ...], ...]

    def draw(self, random: Random, in_flight: int) -> float:
        at = max(0, bisect_right(self.levels, in_flight) - 1)
        rank = random.random()
        here_s = _at_rank(self.quantiles_s[at], rank)
        if in_flight <= self.levels[at]:
            return here_s
        if at + 1 == len(self.levels):
            return here_s * in_flight / self.levels[at] if len(self.levels) > 1 else here_s
        share = (in_flight - self.levels[at]) / (self.levels[at + 1] - self.levels[at])
        return here_s + share * (_at_rank(self.quantiles_s[at + 1], rank) - here_s)


def _at_rank(quantiles_s: Sequence[float], rank: float) -> float:
    place = rank * (len(quantiles_s) - 1)
    below = int(place)
    above = min(below + 1, len(quantiles_s) - 1)
    return quantiles_s[below] + (place - below) * (quantiles_s[above] - quantiles_s[below])


KEYS = ("constant", "uniform", "normal", "lognormal", "recorded")
NONE = Constant(0.0)


def read_latency(node: Node) -> Latency:
    """A latency of a stub file: `20 ms`, or a mapping with one of the distributions."""
    if node.kind != "mapping":
        return Constant(node.duration())
    entries = node.mapping(KEYS)
    known = [key for key in entries if key in KEYS]
    if len(known) != 1:
        if not node.source.problems:
            node.problem("a latency has exactly one distribution", f"known: {', '.join(KEYS)}")
        return NONE
    return _READ[known[0]](entries[known[0]])


def _uniform(node: Node) -> Latency:
    bounds = [each.duration() for each in node.items()]
    if len(bounds) != 2 or bounds[0] > bounds[1]:
        node.problem("uniform takes two times, the smaller first", "write it like [10 ms, 30 ms]")
        return NONE
    return Uniform(bounds[0], bounds[1])


def _normal(node: Node) -> Latency:
    entries = node.mapping(("mean", "deviation"), required=("mean", "deviation"))
    return Normal(*(entries[key].duration() if key in entries else 0.0 for key in ("mean", "deviation")))


def _lognormal(node: Node) -> Latency:
    entries = node.mapping(("median", "p95"), required=("median", "p95"))
    median_s, p95_s = (entries[key].duration(1.0) if key in entries else 1.0 for key in ("median", "p95"))
    if not 0 < median_s <= p95_s:
        node.problem("the median must be more than nothing and at most the 95th percentile")
        return NONE
    return LogNormal(median_s, p95_s)


def _recorded(node: Node) -> Latency:
    """`{1: [1.2 ms, …], 8: […]}`: requests in flight → times at evenly spaced ranks."""
    levels: dict[int, tuple[float, ...]] = {}
    for key, value in node.mapping().items():
        level = node.keys[key].integer()
        times_s = tuple(sorted(each.duration() for each in value.items()))
        if level < 1 or not times_s:
            value.problem("recorded latency has times for each number of requests in flight, from 1")
        else:
            levels[level] = times_s
    if not levels:
        return NONE
    return Recorded(tuple(sorted(levels)), tuple(levels[level] for level in sorted(levels)))


_READ = {
    "constant": lambda node: Constant(node.duration()),
    "uniform": _uniform,
    "normal": _normal,
    "lognormal": _lognormal,
    "recorded": _recorded,
}
