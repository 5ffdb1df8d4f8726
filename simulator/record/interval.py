"""How far a measured share, mean or percentile can be trusted: confidence intervals for data that hangs together.

Response times of one minute resemble each other, so formulas for independent samples promise far too much. Here the run
is cut into up to 30 equal slices of time; how much the slices differ gives the variance (batch means), and how much
neighbouring slices resemble each other corrects it (AR(1)). When they do, ten longer slices are looked at as well and
the wider interval counts: this covers memories of a minute in runs of five. What lies in few slices only, as the slow
ones of a few busy moments do, has as many degrees of freedom as there are such moments. And no percentile is known
better, in proportion, than the middle one: what makes everything slower moves the rare times too, though a short run
may not show it. Everything is deterministic and needs no library.

Sources: Wilson, "Probable inference" (1927); Conway, "Some tactical problems in digital simulation" (1963) for batch
means; Cornish and Fisher (1938), expansion as in Abramowitz and Stegun 26.7.5, for the t quantile.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

from simulator.record.cell import Cell
from simulator.record.histogram import Histogram, rank_of

CONFIDENCE = 0.95
MOST_SLICES = 30
COARSE_SLICES = 10
LONG_ENOUGH_S = 60
FEWEST_SLICES = 8
RESEMBLING = 1.3
"""From this correction on neighbouring slices resemble each other so much that longer ones are looked at too."""
UNSEEN = 0.07
"""Added to the correlation of neighbours; measured, see docs/statistics.md."""
FEWEST_DEGREES = 3.0
MIDDLE = 0.5
MOST_SAMPLES = 1_000_000_000


@dataclass(frozen=True)
class Interval:
    """Where the true value lies, with the stated confidence.

    Attributes:
        low: lower end, in the unit of the value.
        high: upper end.
        estimate: the value itself.
        count: how many samples.
        design_effect: how many samples weigh as much as one independent one; 1 or more.
        t: the quantile that was used, in standard deviations.
    """

    low: float
    high: float
    estimate: float
    count: float
    design_effect: float
    t: float

    def wider(self, design_effect: float) -> Interval:
        """The interval of the same share, when so many samples weigh as much as one independent one."""
        low, high = wilson(self.estimate, self.count / design_effect, self.t)
        return Interval(low, high, self.estimate, self.count, design_effect, self.t)

    def at_least_as(self, other: Interval) -> Interval:
        """The interval, as wide in proportion to its value as the other one is to its own at least."""
        if other.estimate <= 0:
            return self
        down, up = other.low / other.estimate, other.high / other.estimate
        return replace(self, low=min(self.low, down * self.estimate), high=max(self.high, up * self.estimate))


@dataclass(frozen=True)
class Spread:
    """A ratio of two sums over slices of time, and how much it varies.

    Attributes:
        ratio: sum of the tops by sum of the bottoms.
        variance: of the ratio; `None` when there are too few slices to tell.
        degrees: degrees of freedom of the variance.
    """

    ratio: float
    variance: float | None
    degrees: float


def t_quantile(p: float, degrees: float) -> float:
    """Student's t at probability `p`; from four degrees of freedom on within 0.03% for the usual 97.5%."""
    z = NormalDist().inv_cdf(p)
    if math.isinf(degrees):
        return z
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / degrees**power for power, term in enumerate(terms, start=1))


def wilson(share: float, count: float, t: float) -> tuple[float, float]:
    """Wilson's score interval of a share among `count` (effective) samples, `t` standard deviations wide."""
    if count <= 0:
        return 0.0, 1.0
    weight = t * t / count
    middle = (share + weight / 2) / (1 + weight)
    half = t / (1 + weight) * math.sqrt(share * (1 - share) / count + weight / (4 * count))
    low = 0.0 if share <= 0 else max(0.0, middle - half)
    return low, 1.0 if share >= 1 else min(1.0, middle + half)


def slices(values: Sequence[float], most: int = MOST_SLICES) -> list[float]:
    """Values of consecutive seconds, added up in at most `most` equal slices of time."""
    count = min(most, len(values))
    sums = [0.0] * count
    for at, value in enumerate(values):
        sums[at * count // len(values)] += value
    return sums


def spread(tops: Sequence[float], bottoms: Sequence[float], *, seconds: int | None = None) -> Spread:
    """How much a ratio of sums varies.

    Args:
        tops: one value a second, empty seconds as 0 (slow ones, failures, sums of times …).
        bottoms: one value a second, what the tops are a share of; their sum is above 0.
        seconds: how many seconds these values stand for, when they are slices of time already.
    """
    above, below = slices(tops), slices(bottoms)
    ratio = sum(above) / sum(below)
    if len(below) < FEWEST_SLICES:
        return Spread(ratio, None, math.inf)
    fine = _batches(above, below, ratio)
    lasted_s = len(tops) if seconds is None else seconds
    if lasted_s < LONG_ENOUGH_S or fine.degrees > (len(below) - 1) / RESEMBLING:
        return fine
    # Neighbours resemble each other: what moves more slowly than a slice only shows between longer ones.
    coarse = _batches(slices(above, COARSE_SLICES), slices(below, COARSE_SLICES), ratio)
    return max(fine, coarse, key=_width)


def share_interval(
    tops: Sequence[float], bottoms: Sequence[float], *, confidence: float = CONFIDENCE, seconds: int | None = None
) -> Interval:
    """The interval of a share (slow ones, failures) from counts a second, seconds without anything included."""
    count = sum(bottoms)
    if count <= 0:
        return Interval(0.0, 1.0, 0.0, 0.0, 1.0, _t(confidence, math.inf))
    found = spread(tops, bottoms, seconds=seconds)
    return _share_interval(found, min(1.0, found.ratio), count, confidence, moments(tops, bottoms))


def mean_interval(
    sums: Sequence[float], counts: Sequence[float], *, confidence: float = CONFIDENCE, seconds: int | None = None
) -> Interval | None:
    """The interval of a mean or a rate from sums and counts a second; `None` when the run is too short to tell."""
    total = sum(counts)
    found = spread(sums, counts, seconds=seconds) if total > 0 else None
    if found is None or found.variance is None:
        return None
    t = _t(confidence, found.degrees)
    half = t * math.sqrt(found.variance)
    return Interval(found.ratio - half, found.ratio + half, found.ratio, total, 1.0, t)


def successes(cell: Cell) -> Histogram:
    """Response times of what succeeded."""
    return cell.ok


def percentile_interval(
    cells_by_second: Mapping[int, Cell],
    q: float,
    *,
    of: Callable[[Cell], Histogram] = successes,
    confidence: float = CONFIDENCE,
) -> Interval | None:
    """The interval of a percentile, in seconds; `None` when there are no samples.

    Args:
        cells_by_second: what was measured second by second.
        q: the quantile, above 0 and below 1.
        of: which of a cell's histograms is meant.
        confidence: of the interval, two-sided.
    """
    total = Histogram()
    for cell in cells_by_second.values():
        total.merge(of(cell))
    if not total.count:
        return None
    seconds = range(min(cells_by_second), max(cells_by_second) + 1)
    found = [of(cells_by_second[second]) if second in cells_by_second else None for second in seconds]
    own = _percentile_interval(total, found, q, confidence)
    return own if q == MIDDLE else own.at_least_as(_percentile_interval(total, found, MIDDLE, confidence))


def rank_interval(
    below: Sequence[float],
    counts: Sequence[float],
    q: float,
    *,
    confidence: float = CONFIDENCE,
    seconds: int | None = None,
) -> Interval:
    """Between which shares of the values a percentile lies: read both ends back through the histogram.

    Args:
        below: how many did not exceed the percentile, one number a second or a slice of time.
        counts: how many there were.
        q: the quantile, above 0 and below 1.
        confidence: two-sided.
        seconds: how many seconds these values stand for, when they are slices of time already.
    """
    found = spread(below, counts, seconds=seconds)
    return _share_interval(found, q, sum(counts), confidence, moments(below, counts))


def moments(tops: Sequence[float], bottoms: Sequence[float]) -> float:
    """Over how many slices of time the rarer part of a share is spread, where the whole is spread over all of them."""
    common = 2 * sum(tops) > sum(bottoms)
    rare = slices([b - t for t, b in zip(tops, bottoms, strict=True)] if common else tops)
    return len(rare) * _evenness(rare) / _evenness(slices(bottoms))


def _evenness(counts: Sequence[float]) -> float:
    """1 when all are alike but for chance, towards 0 when few hold everything."""
    total, pairs = sum(counts), sum(count * (count - 1) for count in counts)
    return min(1.0, total * total / pairs / len(counts)) if pairs > 0 else 1.0


def samples_to_settle(interval: Interval, allowed: float) -> int | None:
    """How many further samples like these would move the interval of a share off `allowed`.

    Returns:
        0 when it is settled already; `None` when no reasonable number would do.
    """
    if interval.estimate == allowed:
        return None
    least, most = interval.count, float(MOST_SAMPLES)
    if _settled(interval, least, allowed):
        return 0
    if not _settled(interval, most, allowed):
        return None
    while most - least > 0.01:
        middle = (least + most) / 2
        least, most = (least, middle) if _settled(interval, middle, allowed) else (middle, most)
    return math.ceil(most - interval.count)


def _batches(tops: Sequence[float], bottoms: Sequence[float], ratio: float) -> Spread:
    """The spread of a ratio from how much slices differ, and how much neighbouring slices resemble each other."""
    count, total = len(bottoms), sum(bottoms)
    errors = [top - ratio * bottom for top, bottom in zip(tops, bottoms, strict=True)]
    middle = sum(errors) / count
    centred = [error - middle for error in errors]
    squares = sum(error * error for error in centred)
    correction = neighbour_correction(centred, squares)
    variance = correction * count / (count - 1) * squares / total**2
    return Spread(ratio, variance, max((count - 1) / correction, FEWEST_DEGREES))


def _width(spread: Spread) -> float:
    return (spread.variance or 0.0) * _t(CONFIDENCE, spread.degrees) ** 2


def _settled(interval: Interval, count: float, allowed: float) -> bool:
    low, high = wilson(interval.estimate, count / interval.design_effect, interval.t)
    return high < allowed or low > allowed


def _percentile_interval(total: Histogram, found: Sequence[Histogram | None], q: float, confidence: float) -> Interval:
    """A percentile's own interval, from the histogram of each second."""
    edge = _bucket_at(total, q)
    below = [float(_up_to(histogram, edge)) if histogram else 0.0 for histogram in found]
    counts = [float(histogram.count) if histogram else 0.0 for histogram in found]
    shares = rank_interval(below, counts, q, confidence=confidence)
    x, low, high = (total.percentile(at) for at in (q, max(shares.low, 1e-12), shares.high))
    assert x is not None
    assert low is not None
    assert high is not None
    return Interval(low, high, x, total.count, shares.design_effect, shares.t)


def _share_interval(found: Spread, share: float, count: float, confidence: float, spread_over: float) -> Interval:
    independent = share * (1 - share) / count
    if found.variance is None or independent <= 0:
        effect, t = 1.0, _t(confidence, math.inf)
    else:
        degrees = max(FEWEST_DEGREES, min(found.degrees, spread_over - 1))
        effect, t = max(1.0, found.variance / independent), _t(confidence, degrees)
    low, high = wilson(share, count / effect, t)
    return Interval(low, high, share, count, effect, t)


def neighbour_correction(centred: Sequence[float], squares: float) -> float:
    """By how much resembling neighbours raise the variance: AR(1).

    A little more than was seen counts: what switches between two states hangs together more than AR(1) tells.
    """
    if squares <= 0:
        return 1.0
    r = min(resemblance(centred, squares) + UNSEEN, 0.9)
    return (1 + r) / (1 - r)


def resemblance(centred: Sequence[float], squares: float) -> float:
    """The correlation of neighbours, 0 or more, with its small-sample bias put back.

    Args:
        centred: values less their mean.
        squares: the sum of their squares, above 0.
    """
    count = len(centred)
    r = sum(a * b for a, b in zip(centred, centred[1:], strict=False)) / squares
    return max(r + (1 + 3 * r) / count, 0.0)


def _t(confidence: float, degrees: float) -> float:
    return t_quantile(1 - (1 - confidence) / 2, degrees)


def _bucket_at(histogram: Histogram, q: float) -> int:
    rank, seen = rank_of(q, histogram.count), 0
    for bucket in sorted(histogram.counts):
        seen += histogram.counts[bucket]
        if seen >= rank:
            return bucket
    return max(histogram.counts)


def _up_to(histogram: Histogram, edge: int) -> int:
    return sum(times for bucket, times in histogram.counts.items() if bucket <= edge)
