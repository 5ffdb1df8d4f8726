"""How much load, for how long: phases with groups of users and streams of arrivals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from simulator.plan.cast import Cast, UserSpec

ANYONE = "*"
"""Stands for all user classes (or journeys) that are not named beside it, by weight."""


@dataclass(frozen=True)
class Arrivals:
    """A stream of journeys that start at a rate, whatever the system answers (open model).

    Attributes:
        of: a user class, a journey, or `ANYONE`.
        per_s: journeys per second at the phase's start.
        to_per_s: … at its end, when the rate is ramped in a straight line; `None` for a constant rate.
        spacing: evenly spaced, or as a Poisson process.
    """

    of: str
    per_s: float
    to_per_s: float | None = None
    spacing: Literal["even", "poisson"] = "even"


@dataclass(frozen=True)
class Phase:
    """A named stretch of a run.

    Attributes:
        name: unique in a run.
        start_s: since the run began.
        duration_s: how long; `None` for "until stopped".
        measured: whether its samples are judged; warm-up is not.
        users: user class → how many live (closed model); `ANYONE` spreads by weight. Empty when nobody does.
        spawn_per_s: how quickly users are started; `None` for all at once (browser users are paced in anyway).
        arrivals: open-model streams.
        faults: virtual service → behaviour switched on in this phase.
    """

    name: str
    start_s: float
    duration_s: float | None
    measured: bool = True
    users: Mapping[str, int] = field(default_factory=dict)
    spawn_per_s: float | None = None
    arrivals: tuple[Arrivals, ...] = ()
    faults: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Load:
    """The whole course of a run.

    Attributes:
        phases: in order, without gaps.
        max_users: how many users the open model may grow to.
        stop_within_s: how long journeys under way may take to finish at the end before they are cut off.
        seed: for everything random in the schedule.
    """

    phases: tuple[Phase, ...]
    max_users: int = 1000
    stop_within_s: float = 10.0
    seed: int = 1

    @property
    def duration_s(self) -> float | None:
        """How long all phases take together, or `None` when one runs until stopped."""
        durations = [phase.duration_s for phase in self.phases]
        return None if None in durations else sum(d for d in durations if d is not None)


def spread(count: int, users: tuple[UserSpec, ...]) -> dict[str, int]:
    """How many users of each class, when `count` are spread by weight: largest remainders, ties to the first.

    Classes with a `fixed_count` get exactly that, out of the total.
    """
    fixed = {user.name: user.fixed_count for user in users if user.fixed_count is not None}
    left = max(0, count - sum(fixed.values()))
    rest = [user for user in users if user.fixed_count is None]
    weight = sum(user.weight for user in rest)
    shares = {user.name: left * user.weight / weight for user in rest} if weight else {}
    counts = {name: int(share) for name, share in shares.items()}
    missing = left - sum(counts.values()) if shares else 0
    for name in sorted(shares, key=lambda n: counts[n] - shares[n])[:missing]:
        counts[name] += 1
    return {**fixed, **counts}


def users_of(phase: Phase, cast: Cast) -> dict[str, int]:
    """How many users of each class live in a phase of the closed model; classes with none are left out."""
    named = {name: count for name, count in phase.users.items() if name != ANYONE}
    anyone = phase.users.get(ANYONE, 0)
    if anyone:
        streamed = {stream.of for stream in phase.arrivals}
        others = tuple(user for user in cast.users if user.name not in named and user.name not in streamed)
        named.update(spread(anyone, others))
    return {name: count for name, count in named.items() if count}


def taking_part(load: Load, cast: Cast) -> Cast:
    """The part of a cast that any phase makes live."""
    acting = tuple(user for user in cast.users if any(_acts(user, phase, cast) for phase in load.phases))
    return Cast(acting, {user.name: cast.classes[user.name] for user in acting if user.name in cast.classes})


def _acts(user: UserSpec, phase: Phase, cast: Cast) -> bool:
    own = {user.name, *(journey.name for journey in user.journeys)}
    streamed = {stream.of for stream in phase.arrivals}
    if user.name in users_of(phase, cast) or own & streamed:
        return True
    return ANYONE in streamed and user.name not in phase.users
