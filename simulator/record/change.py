"""How much a value changed between two groups of runs, and whether that can be told from noise.

The unit is the run, never the request: requests of one run share its machine, its neighbours and its luck. How much
runs differ by themselves is learnt from the runs at hand and shrunk towards what is known beforehand (3%, with the
weight of four degrees of freedom, until `simulator noise` has measured it). Changes of positive values are judged on a
log scale, changes of shares in points.

Sources: Newcombe, "Interval estimation for the difference between independent proportions" (1998), method 10; Benjamini
and Hochberg (1995); Numerical Recipes 6.4 for the incomplete beta function behind Student's t.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Literal

from simulator.record.interval import CONFIDENCE, Interval, t_quantile, wilson

Scale = Literal["ratio", "points"]
Judgement = Literal["regressed", "improved", "unchanged", "inconclusive"]
FALSE_DISCOVERIES = 0.05
PAIRS_TO_PAIR = 5
KNOWN_FROM = 2
"""So many degrees of freedom of their own before runs say how much they differ by themselves."""


@dataclass(frozen=True)
class Noise:
    """How much runs of the same thing differ by themselves.

    Attributes:
        ratio: standard deviation from run to run, as a share of the value.
        degrees: how many degrees of freedom that knowledge weighs.
        measured: it comes from runs, not from an assumption.
    """

    ratio: float = 0.03
    degrees: float = 4.0
    measured: bool = False


ASSUMED = Noise()


@dataclass(frozen=True)
class Estimate:
    """What one run says about a positive value.

    Attributes:
        value: in its base unit, above 0.
        error: its standard error within the run, as a share of the value.
    """

    value: float
    error: float = 0.0


@dataclass(frozen=True)
class Share:
    """What one run says about a share.

    Attributes:
        bad: how many were.
        count: of how many.
        design_effect: how many samples weigh as much as one independent one; 1 or more.
    """

    bad: float
    count: float
    design_effect: float = 1.0


@dataclass(frozen=True)
class Change:
    """How a value changed from the base to the new runs.

    Attributes:
        base: the base's value: a geometric mean over its runs, or a pooled share.
        new: likewise.
        scale: whether `estimate`, `low` and `high` are a share of the base's value, or a difference of shares.
        estimate: how much it rose; negative when it fell.
        low: lower end of the 95% interval.
        high: upper end.
        chance: how probable so large a change is when nothing changed; never shown to users.
        spread: standard deviation from run to run that was reckoned with, as a share; 0 for shares.
        degrees: its degrees of freedom.
        known: whether run-to-run noise comes from enough runs, or was measured before.
        pairs: how many pairs of neighbouring runs were compared; 0 when runs were not paired.
    """

    base: float
    new: float
    scale: Scale
    estimate: float
    low: float
    high: float
    chance: float
    spread: float
    degrees: float
    known: bool
    pairs: int = 0

    def turned(self) -> Change:
        """The same change with the opposite sign: for values of which less is worse."""
        return replace(self, estimate=-self.estimate, low=-self.high, high=-self.low)


def change_of_values(
    base: Sequence[Estimate], new: Sequence[Estimate], *, noise: Noise = ASSUMED, paired: bool = False
) -> Change:
    """How much a positive value rose.

    Args:
        base: one estimate a run, at least one; in order of time.
        new: likewise.
        noise: what is known of run-to-run noise beforehand.
        paired: run `n` of one side was measured next to run `n` of the other; used from five pairs on.
    """
    older, newer = [math.log(e.value) for e in base], [math.log(e.value) for e in new]
    if paired and min(len(base), len(new)) >= PAIRS_TO_PAIR:
        return _paired(older, newer, _within([*base, *new]), noise)
    difference = _mean(newer) - _mean(older)
    own = len(older) + len(newer) - 2
    squares = _squares(older) + _squares(newer)
    variance, degrees = _shrunk(squares, own, _within([*base, *new]), noise)
    error = math.sqrt(variance * (1 / len(older) + 1 / len(newer)))
    known = own >= KNOWN_FROM or noise.measured
    return _ratio(older, newer, difference, error, degrees, math.sqrt(variance), known=known)


def change_of_shares(base: Sequence[Share], new: Sequence[Share]) -> Change:
    """How many points a share rose: Newcombe's interval of the difference, with the larger of the design effects."""
    effect = max(_effect(base), _effect(new))
    older, newer = _pooled(base), _pooled(new)
    z = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2)
    low, high = newcombe(older, newer, effect, z)
    known = len(base) + len(new) - 2 >= KNOWN_FROM
    rates = older.bad / older.count, newer.bad / newer.count
    chance = _chance_of_shares(older, newer, effect)
    return Change(*rates, "points", rates[1] - rates[0], low, high, chance, 0.0, math.inf, known)


def newcombe(base: Share, new: Share, effect: float, z: float) -> tuple[float, float]:
    """The interval of the difference of two shares, `new` less `base`."""
    p1, p2 = base.bad / base.count, new.bad / new.count
    low1, high1 = wilson(p1, base.count / effect, z)
    low2, high2 = wilson(p2, new.count / effect, z)
    return (
        p2 - p1 - math.sqrt((p2 - low2) ** 2 + (high1 - p1) ** 2),
        p2 - p1 + math.sqrt((high2 - p2) ** 2 + (p1 - low1) ** 2),
    )


def judgement(change: Change, allowed: float, *, proven: bool) -> Judgement:
    """What a change is called.

    It regressed when the estimate reaches what is allowed, the interval excludes zero and the change is `proven`
    among all that were looked at; it is unchanged when the whole interval stays below what is allowed; an improvement
    mirrors a regression. While run-to-run noise is only assumed, a regression must be twice as large as allowed.

    Args:
        change: turned so that rising is worse.
        allowed: how much it may rise, a share of the base or points.
        proven: it survived `discoveries` of its family.
    """
    bar = allowed if change.known or change.scale == "points" else 2 * allowed
    if change.estimate >= bar and change.low > 0 and proven:
        return "regressed"
    if change.high < allowed:
        mirrored = -allowed / (1 + allowed) if change.scale == "ratio" else -allowed
        return "improved" if change.estimate <= mirrored and change.high < 0 and proven else "unchanged"
    return "inconclusive"


def discoveries(chances: Sequence[float], rate: float = FALSE_DISCOVERIES) -> list[bool]:
    """Which of a family of changes are proven, so that at most this share of them is expected to be false."""
    order = sorted(range(len(chances)), key=lambda at: chances[at])
    last = max((rank for rank, at in enumerate(order, 1) if chances[at] <= rate * rank / len(order)), default=0)
    proven = set(order[:last])
    return [at in proven for at in range(len(chances))]


def runs_to_show(change: Change, allowed: float, most: int = 30) -> int | None:
    """How many runs of each side would tell a change of `allowed` from none; `None` when more than `most`."""
    wanted = math.log1p(allowed)
    for runs in range(2, most + 1):
        degrees = change.degrees + 2 * (runs - 1)
        if t_quantile(0.5 + CONFIDENCE / 2, degrees) * change.spread * math.sqrt(2 / runs) < wanted:
            return runs
    return None


def estimate_of(interval: Interval | None) -> Estimate | None:
    """A run's estimate, with the error that its interval stands for; `None` without one, or when it is not positive."""
    if interval is None or interval.estimate <= 0 or interval.low <= 0:
        return None
    return Estimate(interval.estimate, (math.log(interval.high) - math.log(interval.low)) / (2 * interval.t))


def t_tails(t: float, degrees: float) -> float:
    """The probability of Student's t beyond `t` on either side."""
    if math.isinf(degrees):
        return 2 * NormalDist().cdf(-abs(t))
    return _incomplete_beta(degrees / 2, 0.5, degrees / (degrees + t * t))


def _paired(older: list[float], newer: list[float], within: float, noise: Noise) -> Change:
    pairs = min(len(older), len(newer))
    differences = [b - a for a, b in zip(older, newer, strict=False)]
    doubled = Noise(noise.ratio * math.sqrt(2), noise.degrees, noise.measured)
    variance, degrees = _shrunk(_squares(differences), pairs - 1, 2 * within, doubled)
    error = math.sqrt(variance / pairs)
    spread = math.sqrt(variance / 2)
    found = _ratio(older[:pairs], newer[:pairs], _mean(differences), error, degrees, spread, known=True)
    return replace(found, pairs=pairs)


def _ratio(
    older: list[float], newer: list[float], rise: float, error: float, degrees: float, spread: float, *, known: bool
) -> Change:
    half = t_quantile(0.5 + CONFIDENCE / 2, degrees) * error
    chance = t_tails(rise / error, degrees) if error > 0 else float(rise == 0)
    estimate, low, high = (math.expm1(value) for value in (rise, rise - half, rise + half))
    values = math.exp(_mean(older)), math.exp(_mean(newer))
    return Change(*values, "ratio", estimate, low, high, chance, spread, degrees, known)


def _shrunk(squares: float, own: int, within: float, noise: Noise) -> tuple[float, float]:
    """The variance of one run: of its own runs and of what is known beforehand, weighed; and its degrees of freedom."""
    prior = noise.ratio**2 + within
    degrees = noise.degrees + own
    return max((noise.degrees * prior + squares) / degrees, within), degrees


def _within(estimates: Sequence[Estimate]) -> float:
    return sum(estimate.error**2 for estimate in estimates) / len(estimates)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _squares(values: Sequence[float]) -> float:
    middle = _mean(values)
    return sum((value - middle) ** 2 for value in values)


def _pooled(shares: Sequence[Share]) -> Share:
    return Share(sum(s.bad for s in shares), sum(s.count for s in shares))


def _effect(shares: Sequence[Share]) -> float:
    """The design effect of a side: within its runs, or from run to run where that is larger."""
    pooled = _pooled(shares)
    within = sum(s.design_effect * s.count for s in shares) / pooled.count
    rate = pooled.bad / pooled.count
    if len(shares) < 3 or not 0 < rate < 1:
        return max(1.0, within)
    squares = sum((s.bad - rate * s.count) ** 2 / (s.count * rate * (1 - rate)) for s in shares if s.count)
    return max(1.0, within, squares / (len(shares) - 1))


def _chance_of_shares(base: Share, new: Share, effect: float) -> float:
    rate = (base.bad + new.bad) / (base.count + new.count)
    if not 0 < rate < 1:
        return 1.0
    error = math.sqrt(rate * (1 - rate) * effect * (1 / base.count + 1 / new.count))
    return t_tails((new.bad / new.count - base.bad / base.count) / error, math.inf)


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function, by its continued fraction."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _beta_fraction(a, b, x) / a
    return 1 - front * _beta_fraction(b, a, 1 - x) / b


def _beta_fraction(a: float, b: float, x: float) -> float:
    c, d = 1.0, 1 / _not_zero(1 - (a + b) * x / (a + 1))
    total = d
    for m in range(1, 300):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _not_zero(1 + term * d)
            c = _not_zero(1 + term / c)
            total *= d * c
        if abs(d * c - 1) < 1e-12:
            break
    return total


def _not_zero(value: float) -> float:
    return value if abs(value) > 1e-300 else 1e-300
