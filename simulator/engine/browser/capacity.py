"""How many browser users a machine carries, from what one of them costs."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from simulator.plan.cast import Cast
from simulator.plan.load import ANYONE, Load, users_of
from simulator.units import show_size

MOST_CPU_RATIO = 0.8
MOST_MEMORY_RATIO = 0.8
LOOKS = 20
FILE_NAME = "browser-cost.json"


@dataclass(frozen=True)
class UserCost:
    """What one browser user costs.

    Attributes:
        browser: which one, as the report names it.
        cpu_s: CPU seconds of all processes for a journey of four steps.
        wall_s: how long such a journey takes on a quiet machine.
        base_bytes: memory of host, driver and browser with nobody in it.
        user_bytes: memory of each user in it.
        measured: on this machine, rather than assumed.
    """

    browser: str = "Chromium headless shell"
    cpu_s: float = 0.45
    wall_s: float = 0.6
    base_bytes: float = 350e6
    user_bytes: float = 50e6
    measured: bool = False

    def users(self, cores: float, memory_bytes: float, think_s: float = 0.0) -> int:
        """How many users a machine carries, each thinking so long between journeys."""
        by_cpu = MOST_CPU_RATIO * cores / (self.cpu_s / (self.wall_s + think_s))
        by_memory = (MOST_MEMORY_RATIO * memory_bytes - self.base_bytes) / max(self.user_bytes, 1.0)
        return max(0, int(min(by_cpu, by_memory)))

    def journeys_per_s(self, cores: float) -> float:
        """How many journeys a second a machine carries."""
        return MOST_CPU_RATIO * cores / self.cpu_s


@dataclass(frozen=True)
class Demand:
    """What a phase asks of a machine.

    Attributes:
        phase: its name.
        users: browser users at a time.
        cores: processors that they keep busy.
        memory_bytes: what they take.
    """

    phase: str
    users: float
    cores: float
    memory_bytes: float


def demands(cast: Cast, load: Load, cost: UserCost) -> list[Demand]:
    """What each phase asks for on account of its browser users; phases without any are left out."""
    think_s = {user.name: think_time_s(cast.classes.get(user.name)) for user in cast.of_kind("browser")}
    found = []
    for phase in load.phases:
        closed = {name: count for name, count in users_of(phase, cast).items() if name in think_s}
        rates = _rates(cast, [(stream.of, max(stream.per_s, stream.to_per_s or 0.0)) for stream in phase.arrivals])
        cores = sum(count * cost.cpu_s / (cost.wall_s + think_s[name]) for name, count in closed.items())
        cores += rates * cost.cpu_s
        users = sum(closed.values()) + rates * cost.wall_s
        if users:
            found.append(Demand(phase.name, users, cores, cost.base_bytes + users * cost.user_bytes))
    return found


def warning(
    cast: Cast, load: Load, cost: UserCost, *, cores: float, memory_bytes: float, workers_elsewhere: bool = False
) -> str | None:
    """What to say before a run that asks for more browsers than the machine carries; `None` when it does not.

    Args:
        cast: who takes part.
        load: how much.
        cost: of one user.
        cores: of this machine.
        memory_bytes: free on it.
        workers_elsewhere: other machines take part, of which nothing is known.
    """
    asked = demands(cast, load, cost)
    if not asked or workers_elsewhere:
        return None
    worst = max(asked, key=lambda demand: (demand.cores / cores, demand.memory_bytes))
    how = "measured here" if cost.measured else "assumed; `simulator doctor` measures it"
    if worst.cores > MOST_CPU_RATIO * cores:
        return (
            f"phase {worst.phase!r} asks for browser users that keep {worst.cores:.1f} cores busy, of {cores:g} here "
            f"({cost.cpu_s:.2f} CPU seconds a journey, {how}): steps will take longer than they should"
        )
    largest = max(asked, key=lambda demand: demand.memory_bytes)
    if largest.memory_bytes > MOST_MEMORY_RATIO * memory_bytes:
        return (
            f"phase {largest.phase!r} asks for {largest.users:.0f} browser users, who take "
            f"{show_size(largest.memory_bytes)} of memory, and {show_size(memory_bytes)} are free"
        )
    return None


def think_time_s(cls: object) -> float:
    """The mean think time of a user class, as far as it tells without a user; else 0."""
    wait = getattr(cls, "wait_time", None)
    if isinstance(wait, (int, float)):
        return float(wait)
    try:
        return sum(float(wait(None)) for _ in range(LOOKS)) / LOOKS  # type: ignore[misc]
    except Exception:
        return 0.0  # it needs a living user, so nothing is known


def kept_cost(environ: Mapping[str, str] | None = None) -> UserCost:
    """What was measured on this machine last, else what is assumed."""
    try:
        return UserCost(**json.loads(_file(environ).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return UserCost()


def keep_cost(cost: UserCost, environ: Mapping[str, str] | None = None) -> None:
    """Remember what was measured, where that is allowed."""
    file = _file(environ)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(asdict(cost)), encoding="utf-8")
    except OSError:
        pass  # the next run assumes what it has to


def _rates(cast: Cast, streams: list[tuple[str, float]]) -> float:
    """Browser journeys per second of these streams."""
    total = 0.0
    weights = sum(user.weight for user in cast.users) or 1
    for of, per_s in streams:
        for user in cast.of_kind("browser"):
            if of == ANYONE:
                total += per_s * user.weight / weights
            elif of == user.name or of in {journey.name for journey in user.journeys}:
                total += per_s
    return total


def _file(environ: Mapping[str, str] | None) -> Path:
    environ = os.environ if environ is None else environ
    home = Path(environ.get("HOME") or Path.home())
    cache = environ.get("XDG_CACHE_HOME") or home / ".cache"
    return Path(cache) / "simulator" / FILE_NAME
