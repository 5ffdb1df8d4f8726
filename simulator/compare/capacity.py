"""The highest load at which the thresholds still hold: doubled until it breaks, then bisected, then confirmed.

The search is pure: it asks `measure(load, seconds)` for a verdict and never knows what measures. Loads are rates of
arrivals or numbers of users. A step that cannot be decided is measured again for longer, up to three times; what stays
undecided counts as what it leans to, because the result has to hold once more at the end anyway. After a broken step
the target may drain before the next.
Ramps are not used: they overstate, because queues need time to show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

Verdict = Literal["holds", "breaks", "leans to hold", "leans to break"]


@dataclass(frozen=True)
class Step:
    """One load, measured.

    Attributes:
        load: arrivals per second, or users.
        verdict: whether the thresholds held.
        duration_s: how long it was measured, in seconds.
        throughput_per_s: what ended well per second; `None` when unknown.
        p95_s: of what ended well; `None` when unknown.
        reason: why it broke, or empty text.
        confirms: it confirms the result.
    """

    load: float
    verdict: Verdict
    duration_s: float
    throughput_per_s: float | None = None
    p95_s: float | None = None
    reason: str = ""
    confirms: bool = False

    @property
    def is_decided(self) -> bool:
        """Whether it was measured long enough to tell."""
        return self.verdict in ("holds", "breaks")

    @property
    def is_good(self) -> bool:
        """Whether the thresholds held, or leaned to."""
        return self.verdict in ("holds", "leans to hold")


Measure = Callable[[float, float], Step]
"""Measures a load for so many seconds."""


@dataclass(frozen=True)
class Search:
    """How to search.

    Attributes:
        start: the first load.
        most: the highest load that is tried; `None` for no limit.
        whole: loads are whole numbers (users).
        precision: how close the broken load may be above the held one, as a share.
        step_s: how long a step is measured.
        extensions: how often an undecided step is measured again.
        confirm_s: how long the result must hold at the end.
        tries: how often a result that does not hold is replaced by a lower one.
    """

    start: float = 10.0
    most: float | None = None
    whole: bool = False
    precision: float = 0.05
    step_s: float = 30.0
    extensions: int = 3
    confirm_s: float = 120.0
    tries: int = 4


@dataclass(frozen=True)
class Capacity:
    """What a search found.

    Attributes:
        load: the highest load that held, confirmed; `None` when not even the smallest did.
        broke_at: the lowest load that broke above it; `None` when none did.
        confirmed: whether it held for the time of confirmation.
        steps: everything that was measured, in order.
    """

    load: float | None
    broke_at: float | None
    confirmed: bool
    steps: tuple[Step, ...] = field(default=())


def search(measure: Measure, plan: Search | None = None, *, drain: Callable[[], None] | None = None) -> Capacity:
    """The highest load at which the thresholds hold.

    Args:
        measure: measures a load for some seconds.
        plan: how to search.
        drain: called after each load that broke, before the next one.
    """
    return _Searching(measure, plan or Search(), drain or (lambda: None)).run()


class _Searching:
    def __init__(self, measure: Measure, plan: Search, drain: Callable[[], None]) -> None:
        self._measure = measure
        self._plan = plan
        self._drain = drain
        self._steps: list[Step] = []

    def run(self) -> Capacity:
        low, high = self._bracket()
        if low is None:
            return Capacity(None, high, confirmed=False, steps=tuple(self._steps))
        if high is not None:
            low, high = self._bisect(low, high)
        return self._confirmed(low, high)

    def _bracket(self) -> tuple[float | None, float | None]:
        """A load that holds and the next one that breaks: doubled upwards, or halved downwards from a bad start."""
        load = self._plan.start
        if self._holds(load, roughly=True):
            while True:
                above = self._limited(load * 2)
                if above <= load:
                    return load, None
                if not self._holds(above, roughly=True):
                    return load, above
                load = above
        for _ in range(10):
            below = self._rounded(load / 2)
            if below >= load or below <= 0:
                break
            if self._holds(below, roughly=True):
                return below, load
            load = below
        return None, load

    def _bisect(self, low: float, high: float) -> tuple[float, float]:
        while not self._is_close(low, high):
            middle = self._rounded((low * high) ** 0.5 if high > 2 * low else (low + high) / 2)
            if middle in (low, high):
                break
            low, high = (middle, high) if self._holds(middle) else (low, middle)
        return low, high

    def _confirmed(self, low: float, high: float | None) -> Capacity:
        for _ in range(self._plan.tries):
            if self._step(low, self._plan.confirm_s, confirms=True).is_good:
                return Capacity(low, high, confirmed=True, steps=tuple(self._steps))
            self._drain()
            low, high = self._rounded(low * (1 - self._plan.precision)), low
            if low <= 0 or low >= high:
                break
        return Capacity(low if 0 < low < (high or low + 1) else None, high, confirmed=False, steps=tuple(self._steps))

    def _holds(self, load: float, *, roughly: bool = False) -> bool:
        """Whether a load holds; an undecided step is measured again for longer.

        While the search is still far away (`roughly`), leaning to hold is enough.
        """
        duration_s = self._plan.step_s
        for _ in range(1 + self._plan.extensions):
            step = self._step(load, duration_s)
            if step.is_decided or (roughly and step.is_good):
                break
            duration_s *= 2
        if not step.is_good:
            self._drain()
        return step.is_good

    def _step(self, load: float, duration_s: float, *, confirms: bool = False) -> Step:
        step = self._measure(load, duration_s)
        if confirms:
            step = replace(step, confirms=True)
        self._steps.append(step)
        return step

    def _is_close(self, low: float, high: float) -> bool:
        return high / low <= 1 + self._plan.precision or (self._plan.whole and high - low <= 1)

    def _limited(self, load: float) -> float:
        return self._rounded(load if self._plan.most is None else min(load, self._plan.most))

    def _rounded(self, load: float) -> float:
        """Whole users; rates with three digits, which is what is written and said."""
        return float(round(load)) if self._plan.whole else float(f"{load:.3g}")


@dataclass(frozen=True)
class Scalability:
    """The Universal Scalability Law fitted to throughput over load: a description, never a forecast.

    Attributes:
        per_user: throughput of one user alone.
        contention: the share of work that waits for others (0 when none does).
        coherency: the share that is spent on agreeing with each other.
    """

    per_user: float
    contention: float
    coherency: float


def scalability(steps: Sequence[Step]) -> Scalability | None:
    """Contention and coherency (Gunther 2007), by least squares; `None` unless the peak of throughput was passed.

    With data from below the peak alone the fit would forecast anything; then there is nothing to describe.
    """
    points = sorted({step.load: step.throughput_per_s for step in steps if step.throughput_per_s}.items())
    if len(points) < 4:
        return None
    peak = max(points, key=lambda point: point[1])
    if points[-1][0] <= peak[0] or points[-1][1] >= 0.98 * peak[1]:
        return None
    # N/X(N) = (1 + contention·(N−1) + coherency·N·(N−1)) / X(1): linear in three unknowns.
    rows = [(1.0, load - 1, load * (load - 1)) for load, _ in points]
    a, b, c = _least_squares(rows, [load / throughput for load, throughput in points])
    if a <= 0:
        return None
    return Scalability(1 / a, max(0.0, b / a), max(0.0, c / a))


def _least_squares(rows: Sequence[tuple[float, float, float]], wanted: Sequence[float]) -> tuple[float, float, float]:
    import numpy as np

    a, b, c = np.linalg.lstsq(np.array(rows), np.array(wanted), rcond=None)[0].tolist()
    return a, b, c


def sentences(found: Capacity, *, unit: str) -> Iterator[str]:
    """What was found, in words.

    Args:
        found: the result.
        unit: `per second` or `users`.
    """
    if found.load is None:
        lowest = min((step.load for step in found.steps), default=0.0)
        yield f"no capacity found: the thresholds did not even hold at {lowest:g} {unit}"
        return
    last = found.steps[-1]
    if not found.confirmed:
        yield f"about {found.load:g} {unit}, not confirmed: no load held for the whole time of confirmation"
        return
    text = f"{found.load:g} {unit}: held for {last.duration_s:g} s"
    yield text + (f", broke at {found.broke_at:g}" if found.broke_at is not None else "; no higher load was tried")
    fitted = scalability(found.steps) if unit == "users" else None
    if fitted is not None:
        law = f"contention {fitted.contention:.1%}, coherency {fitted.coherency:.2%}"
        yield f"{law} (Universal Scalability Law; describes what was measured, forecasts nothing)"
