"""Where a history changed for good: CUSUM of ranks, tested by permutations of blocks.

Ranks make single outliers harmless, blocks of neighbouring builds keep what correlation they have, and the
permutations test the largest of all possible splits, not one chosen beforehand. The seed follows from the history's
name, so that the same history has the same answer every time. Found segments are searched again (binary segmentation),
and overlapping halves of those in which nothing is found, more strictly: a rise that was taken back hides in the whole.

Sources: Pettitt, "A non-parametric approach to the change-point problem" (1979); Kunsch (1989) for blocks.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
SHORTEST_HALF = 24
NEVER_RARE = 2.5
"""Standardised, the largest of all splits of an unchanged history reaches this in about one of four."""


@dataclass(frozen=True)
class Detector:
    """How sure a change must be, and how large.

    Attributes:
        alpha: the share of unchanged histories in which a change may be seen.
        block: how many neighbouring builds stay together in a permutation.
        permutations: how many.
        fewest: builds on each side of a change.
        least: smallest change that counts, as a share.
        window: how many of the latest values are looked at; `None` for all.
    """

    alpha: float = 0.005
    block: int = 3
    permutations: int = 799
    fewest: int = 3
    least: float = 0.05
    window: int | None = None


@dataclass(frozen=True)
class ChangePoint:
    """A change for good.

    Attributes:
        at: the first value after it, from 0: that build most likely brought it.
        earliest: the first value that may have brought it.
        latest: the last that may.
        before: typical value before it (median, back to the change before).
        after: typical value after it (median, up to the next change).
    """

    at: int
    earliest: int
    latest: int
    before: float
    after: float

    @property
    def change(self) -> float:
        """By how much the value changed, as a share."""
        return self.after / self.before - 1


def change_points(name: str, values: Sequence[float], detector: Detector | None = None) -> list[ChangePoint]:
    """The changes for good in a history of positive values, in order of time.

    Args:
        name: of the history; sets the seed.
        values: one a build, in order of time, above 0.
        detector: how sure, how large.
    """
    rule = detector or Detector()
    logs = np.log(np.asarray(values, dtype=np.float64))
    offset = max(0, len(logs) - rule.window) if rule.window else 0
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    places = _refined(logs[offset:], sorted(_search(logs[offset:], np.random.default_rng(seed), rule)), rule)
    edges = [0, *(place + offset for place in places), len(logs)]
    return [
        point
        for before, at, after in zip(edges, edges[1:], edges[2:], strict=False)
        if (point := _point(logs, before, at, after)) and abs(point.change) >= rule.least
    ]


def _search(logs: Array, rng: np.random.Generator, rule: Detector) -> list[int]:
    """Places of changes in a stretch, found one by one; an explicit stack keeps long histories off the call stack."""
    found: list[int] = []
    open_stretches, searched = [(0, len(logs), rule)], set()
    while open_stretches:
        first, end, applied = open_stretches.pop()
        if (first, end) in searched or any(first < at < end for at in found):
            continue
        searched.add((first, end))
        at = _split(logs[first:end], rng, applied)
        if at is not None:
            found.append(first + at)
            edges = sorted({0, *found, len(logs)})
            searched.clear()
            open_stretches = [(left, right, rule) for left, right in zip(edges, edges[1:], strict=False)]
        elif end - first >= 2 * SHORTEST_HALF:
            half = (end - first) // 2
            strict = replace(rule, alpha=rule.alpha / 2)
            open_stretches += [(begin, begin + half, strict) for begin in (first, first + half // 2, end - half)]
    return found


def _refined(logs: Array, places: list[int], rule: Detector) -> list[int]:
    """Each change where it splits the stretch between its neighbours best: it may have been found in a part of that."""
    for at in range(len(places)):
        first = places[at - 1] if at else 0
        end = places[at + 1] if at + 1 < len(places) else len(logs)
        stretch = logs[first:end]
        sums = np.abs(np.cumsum(_ranks(stretch))[:-1]) * _weights(len(stretch), rule.fewest)
        if len(sums) and sums.max() > 0:
            places[at] = first + int(np.argmax(sums)) + 1
    return places


def _split(logs: Array, rng: np.random.Generator, rule: Detector) -> int | None:
    """Where the stretch changes, or `None`."""
    count = len(logs)
    if count < 2 * rule.fewest:
        return None
    ranks = _ranks(logs)
    weights = _weights(count, rule.fewest)
    sums = np.abs(np.cumsum(ranks)[:-1]) * weights
    at = int(np.argmax(sums))
    if sums[at] <= NEVER_RARE * ranks.std() or not _is_rare(ranks, float(sums[at]), weights, rng, rule):
        return None
    return at + 1


def _ranks(logs: Array) -> Array:
    """Ranks about their mean, ties sharing theirs."""
    _, inverse, counts = np.unique(logs, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    middle: Array = (ends - (counts - 1) / 2)[inverse]
    centred: Array = middle - middle.mean()
    return centred


def _weights(count: int, fewest: int) -> Array:
    """Standardises the sum of the first `k` ranks; 0 where a side would be too short."""
    k = np.arange(1, count)
    weights = 1 / np.sqrt(k * (count - k) / count)
    weights[(k < fewest) | (k > count - fewest)] = 0.0
    found: Array = weights
    return found


def _is_rare(ranks: Array, seen: float, weights: Array, rng: np.random.Generator, rule: Detector) -> bool:
    """Whether so large a sum is rare among permutations; stops as soon as it cannot be any more."""
    may_exceed = math.floor(rule.alpha * (rule.permutations + 1)) - 1
    exceeded, done = 0, 0
    while done < rule.permutations:
        batch = min(50 if done == 0 else 175, rule.permutations - done)
        shuffled = _permuted(ranks, batch, rng, rule.block)
        largest = (np.abs(np.cumsum(shuffled, axis=1)[:, :-1]) * weights).max(axis=1)
        exceeded += int((largest >= seen).sum())
        done += batch
        if exceeded > may_exceed:
            return False
    return True


def _permuted(ranks: Array, times: int, rng: np.random.Generator, block: int) -> Array:
    """So many permutations of whole blocks, whose boundaries begin at a random place."""
    count = len(ranks)
    rows = np.arange(times)[:, None]
    number = (np.arange(count)[None, :] + rng.integers(0, block, times)[:, None]) // block
    keys = rng.random((times, count // block + 2))
    order = np.argsort(keys[rows, number], axis=1, kind="stable")
    found: Array = ranks[order]
    return found


def _point(logs: Array, before: int, at: int, after: int) -> ChangePoint | None:
    if at - before < 1 or after - at < 1:
        return None
    older, newer = logs[before:at], logs[at:after]
    low, high = float(np.median(older)), float(np.median(newer))
    earliest, latest = _reach(logs, before, at, after)
    return ChangePoint(at, earliest, latest, math.exp(low), math.exp(high))


def _reach(logs: Array, before: int, at: int, after: int) -> tuple[int, int]:
    """Which neighbours of a change may have brought it: splits that fit almost as well (squared error within 10%)."""
    stretch = logs[before:after]
    count = len(stretch)
    sums, k = np.cumsum(stretch)[:-1], np.arange(1, count)
    between = (sums - k * stretch.mean()) ** 2 * count / (k * (count - k))
    rest = float(((stretch - stretch.mean()) ** 2).sum()) - between
    here = rest[at - before - 1]
    near = np.flatnonzero(rest <= here + max(4 * here / max(1, count - 2), 1e-12)) + 1 + before
    left = right = at
    fitting = set(near.tolist())
    while left - 1 in fitting:
        left -= 1
    while right + 1 in fitting:
        right += 1
    return left, right
