"""How many browser users a machine carries, and what is said about more; nothing here starts a browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.engine.browser.capacity import UserCost, demands, keep_cost, kept_cost, think_time_s, warning
from simulator.journey.browser_user import BrowserUser
from simulator.journey.think import between, constant
from simulator.plan.cast import Cast, JourneySpec, UserSpec
from simulator.plan.load import Arrivals, Load, Phase

COST = UserCost(cpu_s=0.5, wall_s=0.5, base_bytes=300e6, user_bytes=50e6, measured=True)


class Hasty(BrowserUser):
    abstract = True


class Calm(BrowserUser):
    abstract = True
    wait_time = constant(4.5)


CAST = Cast(
    (
        UserSpec("Hasty", "browser", "shop.py", journeys=(JourneySpec("buy"),)),
        UserSpec("Calm", "browser", "shop.py", journeys=(JourneySpec("read"),)),
        UserSpec("Shopper", "api", "shop.py", journeys=(JourneySpec("call"),)),
    ),
    {"Hasty": Hasty, "Calm": Calm},
)


def load(**phase: object) -> Load:
    return Load((Phase("steady", 0, 60, **phase),))


def test_a_machine_carries_what_its_processors_and_its_memory_carry():
    assert COST.users(cores=2, memory_bytes=24e9) == 1
    assert COST.users(cores=2, memory_bytes=24e9, think_s=4.5) == 16
    assert COST.users(cores=2, memory_bytes=1e9, think_s=100) == 10
    assert COST.journeys_per_s(2) == pytest.approx(3.2)


def test_demand_counts_think_time_and_rates_and_nobody_but_browser_users():
    [demand] = demands(CAST, load(users={"Hasty": 2, "Calm": 10, "Shopper": 500}), COST)
    assert demand.users == 12
    assert demand.cores == pytest.approx(2 * 1.0 + 10 * 0.1)
    [demand] = demands(CAST, load(arrivals=(Arrivals("buy", 1.0, 3.0), Arrivals("call", 900.0))), COST)
    assert demand.cores == pytest.approx(3 * 0.5)
    assert demands(CAST, load(users={"Shopper": 5}), COST) == []


def test_too_many_browsers_are_warned_of():
    def said(**phase: object) -> str | None:
        return warning(CAST, load(**phase), COST, cores=2, memory_bytes=4e9)

    assert said(users={"Calm": 10}) is None
    assert "cores busy" in str(said(users={"Hasty": 8}))
    assert "of memory" in str(warning(CAST, load(users={"Calm": 10}), COST, cores=2, memory_bytes=0.5e9))
    assert warning(CAST, load(users={"Hasty": 8}), COST, cores=2, memory_bytes=4e9, workers_elsewhere=True) is None


def test_think_time_is_asked_for():
    class Pausing(BrowserUser):
        abstract = True
        wait_time = between(1, 3)

    assert 1.5 < think_time_s(Pausing) < 2.5
    assert think_time_s(Hasty) == 0


def test_what_was_measured_is_remembered(tmp_path: Path):
    environ = {"XDG_CACHE_HOME": str(tmp_path)}
    assert not kept_cost(environ).measured
    keep_cost(COST, environ)
    assert kept_cost(environ) == COST
