"""Warm-up that was longer than declared, and drifts: whether the measured part of a run was steady.

Warm-up is found by MSER (White 1997; White, Cobb and Spratt 2000): the cut after which the mean of what is left is
known best. It trims well what decays, and is wrong about anything else, so it never hides data and a check of
steadiness follows: a trend over the rest, and steps at a quarter, the half and three quarters of it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from simulator.compare.timeline import Timeline, timeline
from simulator.record.interval import t_quantile
from simulator.record.measurements import Measurements
from simulator.units import show_duration

STRETCH_S = 5
FEWEST_STRETCHES = 12
MOST_CUT = 0.5
SLICES = 24
FEWEST_A_SLICE = 10
CONFIDENCE = 0.997
LEAST_CHANGE = 0.10
QUARTERS = (0.25, 0.5, 0.75)


@dataclass(frozen=True)
class Steadiness:
    """How steady the measured part of a run was.

    Attributes:
        warm_up_s: how much of it still was warm-up, in seconds; 0 when none was.
        settled: `False` when warm-up would take half of it or more.
        change: how much p95 changed from the beginning to the end of the rest, as a share; 0 when it was steady.
        shape: `drift` (a trend), `step` (a jump), or empty text when it was steady.
        at_s: of a step, when it happened, in seconds since the measured part began; 0 otherwise.
        judged: whether there was enough to tell.
    """

    warm_up_s: float = 0.0
    settled: bool = True
    change: float = 0.0
    shape: str = ""
    at_s: float = 0.0
    judged: bool = False

    @property
    def is_steady(self) -> bool:
        """Whether nothing speaks against it."""
        return self.settled and not self.shape


def steadiness_of(measurements: Measurements) -> Steadiness:
    """How steady the operations of the measured phases were, all together.

    Phases with different loads differ by intention: with more than one measured phase nothing is judged.
    """
    phases = [phase for phase in measurements.phases if phase.measured]
    if len(phases) != 1:
        return Steadiness()
    keys = [key for key in measurements.totals if key.level == "operation" and key.phase == phases[0].name]
    return steadiness(timeline(measurements, keys))


def steadiness(line: Timeline) -> Steadiness:
    """How steady a timeline was."""
    means = line.mean_logs(STRETCH_S)
    if len(means) < FEWEST_STRETCHES or line.count < SLICES * FEWEST_A_SLICE:
        return Steadiness()
    levels = _filled(means)
    cut = mser(levels)
    if cut and not _differs(levels, cut):
        cut = 0
    settled = cut < math.floor(len(means) * MOST_CUT)
    rest = line.from_second(cut * STRETCH_S) if settled else line
    shape, change, share = _unsteady(_logs(rest))
    at_s = share * len(rest.seconds) + (cut * STRETCH_S if settled else 0) if shape == "step" else 0.0
    settled = settled or not shape  # a drift that never ends is named as one
    return Steadiness(cut * STRETCH_S if settled else 0.0, settled, change, shape, at_s, judged=True)


def mser(values: Sequence[float]) -> int:
    """After how many values the mean of the rest is known best; at most half of them."""
    best, least = 0, math.inf
    most = math.floor(len(values) * MOST_CUT)
    total, squares, count = 0.0, 0.0, 0
    scores: dict[int, float] = {}
    for at in range(len(values) - 1, -1, -1):
        total, squares, count = total + values[at], squares + values[at] ** 2, count + 1
        if at <= most and count > 1:
            scores[at] = max(0.0, squares - total * total / count) / count**2
    for at in sorted(scores):
        if scores[at] < least:
            best, least = at, scores[at]
    return best


def sentences(found: Steadiness) -> list[str]:
    """What a reader should know about it; nothing when the run was steady."""
    notes = []
    if found.judged and found.warm_up_s > 0:
        notes.append(
            f"the first {show_duration(found.warm_up_s)} of the measured part still were warm-up; "
            "a longer warm_up would leave them out"
        )
    if found.shape == "drift":
        word = "rising" if found.change > 0 else "falling"
        notes.append(f"p95 was still {word} when the run ended: {found.change:+.0%} from the first to the last quarter")
    elif found.shape == "step":
        notes.append(
            f"p95 changed by {found.change:+.0%} about {show_duration(found.at_s)} into the measured part and stayed so"
        )
    if not found.settled:
        notes.append("the run never became steady: its warm-up takes half of it or more")
    return notes


def _differs(levels: Sequence[float], cut: int) -> bool:
    """Whether what would be cut is another level at all; MSER also cuts at random."""
    before, after = levels[:cut], levels[cut:]
    return abs(math.expm1(sum(before) / len(before) - sum(after) / len(after))) >= LEAST_CHANGE


def _filled(values: Sequence[float | None]) -> list[float]:
    """Stretches in which nothing ended take the value before them (the first known one at the beginning)."""
    last = next(value for value in values if value is not None)
    filled = []
    for value in values:
        last = last if value is None else value
        filled.append(last)
    return filled


def _logs(line: Timeline) -> list[float]:
    return [math.log(value) for value in line.sliced_percentiles(0.95, SLICES) if value is not None]


def _unsteady(logs: Sequence[float]) -> tuple[str, float, float]:
    """What speaks against steadiness: shape, change from first to last, and where a step lies as a share."""
    if len(logs) < SLICES // 2:
        return "", 0.0, 0.0
    quarter = max(1, len(logs) // 4)
    found = [("drift", *_trend(logs), 0.0)]
    found += [("step", *_split(logs, round(len(logs) * share)), share) for share in QUARTERS]
    real = [f for f in found if f[2] > _bar(len(logs)) and abs(math.expm1(f[1])) >= LEAST_CHANGE]
    if not real:
        return "", 0.0, 0.0
    shape, change, _, share = max(real, key=lambda f: f[2])
    if shape == "drift":
        change = sum(logs[-quarter:]) / quarter - sum(logs[:quarter]) / quarter
    return shape, math.expm1(change), share


def _bar(count: int) -> float:
    return t_quantile(0.5 + CONFIDENCE / 2, count - 2)


def _trend(logs: Sequence[float]) -> tuple[float, float]:
    """How much a straight line rises over the whole, and how many standard errors that is."""
    count = len(logs)
    middle, mean = (count - 1) / 2, sum(logs) / count
    weight = sum((at - middle) ** 2 for at in range(count))
    slope = sum((at - middle) * (value - mean) for at, value in enumerate(logs)) / weight
    rest = [value - mean - slope * (at - middle) for at, value in enumerate(logs)]
    error = math.sqrt(_variance(rest) / weight)
    return slope * (count - 1), abs(slope) / error if error > 0 else (math.inf if slope else 0.0)


def _split(logs: Sequence[float], at: int) -> tuple[float, float]:
    """How much the mean after a split differs from that before it, and how many standard errors that is."""
    before, after = logs[:at], logs[at:]
    first, second = sum(before) / len(before), sum(after) / len(after)
    rest = [value - first for value in before] + [value - second for value in after]
    error = math.sqrt(_variance(rest) * (1 / len(before) + 1 / len(after)))
    return second - first, abs(second - first) / error if error > 0 else (math.inf if second != first else 0.0)


def _variance(rest: Sequence[float]) -> float:
    """The variance of residuals with two parameters taken out, raised by how much neighbours resemble each other."""
    squares = sum(value * value for value in rest)
    if squares <= 0:
        return 0.0
    count = len(rest)
    r = sum(a * b for a, b in zip(rest, rest[1:], strict=False)) / squares
    r = min(max(r + (1 + 4 * r) / count, 0.0), 0.9)
    return squares / (count - 2) * (1 + r) / (1 - r)
