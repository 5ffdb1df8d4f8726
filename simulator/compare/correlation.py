"""Whether a value depends on the load, and what it moves with: ranks, tested by permutations of blocks of time.

Windows of one run follow each other, so neighbours are alike and a plain test would find what is not there. Here the
windows of the value are shuffled in blocks as long as its own memory (what is left of it once the load is accounted
for), and the largest of all possible findings is tested, not one chosen beforehand. Too few blocks: nothing is said.
What two values have in common is looked at beside the load: all that is slow under load would move together.

Sources: Kunsch (1989) and Politis and White (2004) for blocks; Westfall and Young (1993) for the largest of many.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
PERMUTATIONS = 1999
FEWEST_WINDOWS = 20
FEWEST_BLOCKS = 8
LEAST_SIDE = 0.15
LEAST_CORRELATION = 0.5


@dataclass(frozen=True)
class Rise:
    """A value that is another one above some load.

    Attributes:
        cut: the largest load at which it is still the old one.
        p: how often shuffled windows show as much, with the best of all cuts.
        windows: how many were looked at.
    """

    cut: float
    p: float
    windows: int


@dataclass(frozen=True)
class Companion:
    """What a value moves with at the same load.

    Attributes:
        name: of the other value.
        correlation: of ranks, the load accounted for; 0.5 to 1.
        p: how often shuffled windows show as much, with the best of all others.
        windows: how many were looked at.
    """

    name: str
    correlation: float
    p: float
    windows: int


def rise_over(name: str, load: Sequence[float], values: Sequence[float], alpha: float) -> Rise | None:
    """The load above which a value is another one; `None` when the windows do not carry that.

    Args:
        name: of the value; sets the seed.
        load: of each window, in order of time.
        values: of each window.
        alpha: the share of runs in which a value that does not depend on the load may seem to.
    """
    x, ranks = np.asarray(load, dtype=float), _ranks(values)
    order = np.argsort(x, kind="stable")
    cuts = _cuts(x[order])
    if len(x) < FEWEST_WINDOWS or not len(cuts):
        return None
    found = _splits(ranks[order][None, :], cuts)[0]
    best = int(np.argmax(np.abs(found)))
    above = np.empty(len(x), dtype=bool)
    above[order] = np.arange(len(x)) >= cuts[best]
    left = ranks - np.where(above, ranks[above].mean(), ranks[~above].mean())
    shuffled = _shuffled(name, len(x), _memory(left))
    if shuffled is None:
        return None
    largest = np.abs(_splits(ranks[shuffled][:, order], cuts)).max(axis=1)
    p = _share(largest, abs(found[best]))
    return Rise(float(x[order][cuts[best] - 1]), p, len(x)) if p <= alpha else None


def companion_of(
    name: str, load: Sequence[float], values: Sequence[float], others: Mapping[str, Sequence[float]], alpha: float
) -> Companion | None:
    """Which of the others rises and falls with a value at the same load; `None` when the windows do not carry that.

    Args:
        name: of the value; sets the seed.
        load: of each window, in order of time.
        values: of each window.
        others: name → of each window.
        alpha: the share of runs in which a value that moves with none may seem to.
    """
    names = [other for other, of in others.items() if len(set(of)) > 1]
    if len(values) < FEWEST_WINDOWS or not names or len(set(values)) < 2:
        return None
    mine = _standardised(_beside(load, _ranks(values)))
    theirs = np.array([_standardised(_beside(load, _ranks(others[other]))) for other in names])
    shuffled = _shuffled(name, len(mine), max(_memory(mine), *(_memory(one) for one in theirs)))
    if shuffled is None:
        return None
    found = theirs @ mine / len(mine)
    best = int(np.argmax(found))
    largest = (mine[shuffled] @ theirs.T / len(mine)).max(axis=1)
    p = _share(largest, found[best])
    if p > alpha or found[best] < LEAST_CORRELATION:
        return None
    return Companion(names[best], float(found[best]), p, len(mine))


def _cuts(ordered: Array) -> Array:
    """Places between two different loads with enough windows on both sides."""
    size, least = len(ordered), max(4, math.ceil(LEAST_SIDE * len(ordered)))
    places = np.arange(1, size)
    return places[(ordered[1:] > ordered[:-1]) & (places >= least) & (places <= size - least)]


def _splits(rows: Array, cuts: Array) -> Array:
    """Of each row and cut: how far the sum of the ranks behind it lies from none, in units of its spread."""
    size = rows.shape[1]
    centred = rows - rows.mean(axis=1, keepdims=True)
    behind = -np.cumsum(centred, axis=1)[:, cuts - 1]
    spread = np.sqrt(cuts * (size - cuts) / size) * (centred.std(axis=1, keepdims=True) + 1e-12)
    result: Array = behind / spread
    return result


def _memory(values: Array) -> int:
    """How many windows a block has: twice as many as belong together, by the larger of two estimates.

    One adds up the autocorrelations until they vanish; the other takes the first for that of a process that remembers
    the window before (AR(1)), with what short series hide of it (Marriott and Pope, 1954).
    """
    centred = values - values.mean()
    size, power = len(centred), float(centred @ centred)
    if power <= 0:
        return 1
    first = float(centred[1:] @ centred[:-1]) / power
    first = min(0.95, first + (1 + 4 * first) / size)
    alone, total = (1 + first) / (1 - first), 0.0
    for lag in range(1, size // 2):
        correlation = float(centred[lag:] @ centred[:-lag]) / power + 1 / size
        if correlation < 1 / math.sqrt(size):
            break
        total += correlation
    return math.ceil(2 * max(alone, 1 + 2 * total))


def _shuffled(name: str, size: int, block: int) -> Array | None:
    """Places of windows with their blocks in random order, once per row; `None` when there are too few blocks."""
    count = size // block
    if count < FEWEST_BLOCKS:
        return None
    rng = np.random.default_rng(zlib.crc32(name.encode("utf-8", "replace")))
    order = rng.permuted(np.tile(np.arange(count), (PERMUTATIONS, 1)), axis=1)
    places = (order[:, :, None] * block + np.arange(block)).reshape(PERMUTATIONS, count * block)
    rest = np.tile(np.arange(count * block, size), (PERMUTATIONS, 1))
    turns = rng.integers(size, size=(PERMUTATIONS, 1))  # so that blocks begin anywhere, and the rest lies anywhere
    result: Array = (np.hstack([places, rest]) + turns) % size
    return result


def _beside(load: Sequence[float], ranks: Array) -> Array:
    """What is left of ranks once those of the load, and their square, are taken out."""
    x = _ranks(load)
    x = (x - x.mean()) / (x.std() + 1e-12)
    design = np.column_stack([np.ones(len(x)), x, x * x])
    result: Array = ranks - design @ np.linalg.lstsq(design, ranks, rcond=None)[0]
    return result


def _standardised(values: Array) -> Array:
    result: Array = (values - values.mean()) / (values.std() + 1e-12)
    return result


def _ranks(values: Sequence[float]) -> Array:
    """Ranks from 0; equal values share their mean rank."""
    _, at, counts = np.unique(np.asarray(values, dtype=float), return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    result: Array = (ends - (counts + 1) / 2)[at]
    return result


def _share(shuffled: Array, found: float) -> float:
    return float((1 + np.count_nonzero(shuffled >= found - 1e-12)) / (1 + len(shuffled)))
