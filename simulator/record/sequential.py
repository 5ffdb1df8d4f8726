"""Whether a share is surely above what is allowed, however often one looks while the run goes on.

A fixed interval looked at every second promises too much: sooner or later chance carries it over the limit. The bound
here is a confidence sequence, valid at all looks together (Waudby-Smith et al., "Time-uniform central limit theory and
asymptotic confidence sequences", 2021), over slices of time whose variance is raised by how much neighbours resemble
each other. What has run for half a minute cannot know of memories of a minute: neighbours are taken to resemble each
other much, until two minutes of data weigh more than that. It stops a run that would have passed in at most one of a
hundred cases.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from simulator.record.interval import resemblance

ALPHA = 0.003
"""Less than the hundredth that is promised: the bound holds for many slices, and the first looks have few."""
SLICE_S = 5
FEWEST_SLICES = 12
TUNED_FOR = 60
"""The bound is tightest after so many slices: five minutes."""
PRIOR = 0.9
"""How much neighbouring whole slices resemble each other before anything is known …"""
PRIOR_S = 120.0
"""… and so many seconds of data weigh as much."""
MOST_ALIKE = 0.95


def surely_above(tops: Sequence[float], bottoms: Sequence[float], allowed: float, *, alpha: float = ALPHA) -> bool:
    """Whether the share of the tops lies above `allowed` for sure.

    Args:
        tops: what counts (slow ones, failures), one number a second, empty seconds as 0.
        bottoms: what it is a share of, likewise.
        allowed: the largest share that is good, 0 to 1.
        alpha: how probable it may be that this is ever said of a share that is good.

    Returns:
        False also while there is too little to tell: fewer than twelve seconds.
    """
    width = min(SLICE_S, len(tops) // FEWEST_SLICES)
    if width < 1:
        return False
    excess = _sliced([top - allowed * bottom for top, bottom in zip(tops, bottoms, strict=True)], width)
    mean = sum(excess) / len(excess)
    if mean <= 0:
        return False
    return mean > _radius(excess, mean, alpha, width)


def _sliced(values: Sequence[float], width: int) -> list[float]:
    """Sums of whole slices; the newest values wait until theirs is full."""
    return [sum(values[at : at + width]) for at in range(0, len(values) - width + 1, width)]


def _radius(excess: Sequence[float], mean: float, alpha: float, width: int) -> float:
    count = len(excess)
    centred = [value - mean for value in excess]
    squares = sum(value * value for value in centred)
    variance = squares / (count - 1) * _correction(centred, squares, width)
    log = -2 * math.log(alpha)
    rho = (log + math.log(log + 1)) / TUNED_FOR
    spread = count * rho + 1
    return math.sqrt(variance * 2 * spread / (count**2 * rho) * math.log(math.sqrt(spread) / (2 * alpha) + 1))


def _correction(centred: Sequence[float], squares: float, width: int) -> float:
    """By how much neighbours that resemble each other raise the variance: what was seen, and what may be unseen yet."""
    if squares <= 0:
        return 1.0
    weight = PRIOR_S / width
    seen = len(centred) * resemblance(centred, squares)
    r = min((seen + weight * math.pow(PRIOR, width / SLICE_S)) / (len(centred) + weight), MOST_ALIKE)
    return (1 + r) / (1 - r)
