"""When journeys are meant to start in the open model: pure functions of the plan.

A stream with rate r(t) is expected to have started N(t) = ∫r journeys by time t of its phase. Evenly spaced, journey
number k (from 0) starts where N(t) = k. As a Poisson process, it starts where N(t) is the sum of k+1 independent
exponential gaps of mean 1 (time rescaling; Brown et al. 2002, "The time-rescaling theorem").
"""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Iterator
from typing import NamedTuple

from simulator.errors import UsageError
from simulator.plan.cast import Cast
from simulator.plan.load import ANYONE, Arrivals, Phase

_ROUNDING = 1e-9


class Arrival(NamedTuple):
    """A journey that is meant to start.

    Attributes:
        planned_s: when; since the phase's start, or on the run's clock once it is handed out.
        user: the user class.
        journey: the journey's name.
        phase: the phase it belongs to.
    """

    planned_s: float
    user: str
    journey: str
    phase: str


class Choice(NamedTuple):
    """A journey that an arrival may become, and how likely against the others."""

    user: str
    journey: str
    weight: float


def expected(stream: Arrivals, duration_s: float | None, at_s: float) -> float:
    """How many journeys are to have started `at_s` seconds into the phase."""
    slope = _slope(stream, duration_s)
    return stream.per_s * at_s + slope * at_s * at_s / 2


def moment(stream: Arrivals, duration_s: float | None, count: float) -> float:
    """When so many journeys are to have started, in seconds of the phase; infinity when that never comes."""
    slope = _slope(stream, duration_s)
    if slope == 0:
        return count / stream.per_s if stream.per_s > 0 else math.inf
    root = stream.per_s**2 + 2 * slope * count
    if root < 0:
        return math.inf  # the rate falls to nothing before
    divisor = stream.per_s + math.sqrt(root)  # the stable form of the quadratic's solution
    return 2 * count / divisor if divisor > 0 else 0.0


def starts(stream: Arrivals, duration_s: float | None, rng: random.Random) -> Iterator[float]:
    """Planned starts in seconds of the phase, in order; endless when the phase is.

    Args:
        stream: rate and spacing.
        duration_s: of the phase; `None` for "until stopped", when the rate stays as it begins.
        rng: gives the gaps of a Poisson process; not asked for even spacing.
    """
    count = 0.0 if stream.spacing == "even" else rng.expovariate(1.0)
    end_s = math.inf if duration_s is None else duration_s
    while (at_s := moment(stream, duration_s, count)) < end_s - _ROUNDING:
        yield at_s
        count += 1.0 if stream.spacing == "even" else rng.expovariate(1.0)


def choices(stream: Arrivals, phase: Phase, cast: Cast) -> list[Choice]:
    """The journeys that arrivals of this stream may become.

    Raises:
        UsageError: there are none.
    """
    named = {other.of for other in phase.arrivals if other.of != ANYONE}
    found = [
        Choice(user.name, journey.name, user.weight * journey.weight / total)
        for user in cast.users
        if (total := sum(journey.weight for journey in user.journeys))
        for journey in user.journeys
        if journey.weight and _takes_part(stream.of, user.name, journey.name, named, phase)
    ]
    if not found:
        raise UsageError(f"nobody can arrive for {stream.of!r} in phase {phase.name!r}")
    return found


def arrivals(phase: Phase, cast: Cast, seed: int) -> Iterator[Arrival]:
    """Every journey that is to start in a phase, in order of its planned start since the phase's beginning."""
    return heapq.merge(*(_stream(stream, at, phase, cast, seed) for at, stream in enumerate(phase.arrivals)))


def _stream(stream: Arrivals, at: int, phase: Phase, cast: Cast, seed: int) -> Iterator[Arrival]:
    rng = random.Random(f"{seed}/{phase.name}/{at}")
    open_to = choices(stream, phase, cast)
    weights = [choice.weight for choice in open_to]
    for start_s in starts(stream, phase.duration_s, random.Random(rng.random())):
        [chosen] = rng.choices(open_to, weights)
        yield Arrival(start_s, chosen.user, chosen.journey, phase.name)


def _takes_part(of: str, user: str, journey: str, named: set[str], phase: Phase) -> bool:
    if of != ANYONE:
        return of in (user, journey)
    return not named & {user, journey} and user not in phase.users


def _slope(stream: Arrivals, duration_s: float | None) -> float:
    if stream.to_per_s is None or not duration_s:
        return 0.0
    return (stream.to_per_s - stream.per_s) / duration_s
