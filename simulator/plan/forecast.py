"""How many rows of test data a load will use up, from what its journeys take, before it begins.

Open model: arrivals are counted exactly, as the schedule will make them. Closed model: how often users come round
depends on the target, so only what is certain counts: one journey a user, or `--iterations`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from simulator.plan.cast import Cast, JourneySpec, UserSpec
from simulator.plan.load import ANYONE, Arrivals, Load, Phase, users_of


def rows_needed(cast: Cast, load: Load, iterations: int | None = None) -> dict[str, float]:
    """Feeder → rows that the load takes for sure.

    Args:
        cast: who takes part.
        load: how much.
        iterations: how many journeys users of the closed model begin in all; `None` for no limit.
    """
    needed: Counter[str] = Counter()
    for phase in load.phases:
        for stream in phase.arrivals:
            _add_stream(needed, cast, phase, stream)
    _add_users(needed, cast, load, iterations)
    return dict(needed)


def arrivals_in(phase: Phase, stream: Arrivals) -> float:
    """How many journeys a stream begins in a phase; 0 for one without an end."""
    last_per_s = stream.per_s if stream.to_per_s is None else stream.to_per_s
    return (stream.per_s + last_per_s) / 2 * (phase.duration_s or 0.0)


def _add_stream(needed: Counter[str], cast: Cast, phase: Phase, stream: Arrivals) -> None:
    count = arrivals_in(phase, stream)
    others = [user for user in cast.users if user.name not in phase.users]
    meant = others if stream.of == ANYONE else [user for user in cast.users if _is_meant(user, stream.of)]
    weight = sum(user.weight for user in meant)
    for user in meant:
        journeys = [j for j in user.journeys if stream.of in (ANYONE, user.name, j.name)]
        _add_journeys(needed, journeys, count * user.weight / weight)


def _is_meant(user: UserSpec, name: str) -> bool:
    return user.name == name or any(journey.name == name for journey in user.journeys)


def _add_journeys(needed: Counter[str], journeys: Sequence[JourneySpec], count: float) -> None:
    """So many journeys, shared out by weight."""
    weight = sum(journey.weight for journey in journeys)
    for journey in journeys:
        for feeder, times in journey.takes.items():
            needed[feeder] += times * count * journey.weight / weight  # type: ignore[assignment]


def _add_users(needed: Counter[str], cast: Cast, load: Load, iterations: int | None) -> None:
    most: Counter[str] = Counter()
    for phase in load.phases:
        for name, count in users_of(phase, cast).items():
            most[name] = max(most[name], count)
    users = sum(most.values())
    for name, count in most.items():
        user = cast.named(name)
        begun = count if iterations is None or not users else iterations * count / users
        if all(journey.takes for journey in user.journeys):  # whichever comes first takes something
            fewest: dict[str, int] = {}
            for feeder in {f for journey in user.journeys for f in journey.takes}:
                fewest[feeder] = min(journey.takes.get(feeder, 0) for journey in user.journeys)
            for feeder, times in fewest.items():
                needed[feeder] += times * begun  # type: ignore[assignment]
        for feeder, times in user.takes.items():
            needed[feeder] += times * count
