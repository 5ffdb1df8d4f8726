"""Whether a share is surely above what is allowed, however often one looks while the run goes on.

A fixed interval looked at every second promises too much: sooner or later chance carries it over the limit. The bound
here is a confidence sequence, valid at all looks together (Waudby-Smith et al., "Time-uniform central limit theory and
asymptotic confidence sequences", 2021), over slices of time whose variance is raised by how much neighbours resemble
each other. It stops a run that would have passed in at most one of a hundred cases.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from simulator.record.interval import neighbour_correction

ALPHA = 0.01
SLICE_S = 5
FEWEST_SLICES = 12
TUNED_FOR = 60
"""The bound is tightest after so many slices: five minutes."""


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
    return mean > _radius(excess, mean, alpha)


def _sliced(values: Sequence[float], width: int) -> list[float]:
    """Sums of whole slices; the newest values wait until theirs is full."""
    return [sum(values[at : at + width]) for at in range(0, len(values) - width + 1, width)]


def _radius(excess: Sequence[float], mean: float, alpha: float) -> float:
    count = len(excess)
    centred = [value - mean for value in excess]
    squares = sum(value * value for value in centred)
    variance = squares / (count - 1) * neighbour_correction(centred, squares)
    log = -2 * math.log(alpha)
    rho = (log + math.log(log + 1)) / TUNED_FOR
    spread = count * rho + 1
    return math.sqrt(variance * 2 * spread / (count**2 * rho) * math.log(math.sqrt(spread) / (2 * alpha) + 1))
