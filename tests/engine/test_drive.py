"""Whole runs against a real server: what is measured is what happened."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest

from tests.engine.shopper import SHOP, counted, one_phase


def test_counts_are_those_of_the_server_over_phases_of_the_closed_model(run, target):
    phases = [
        {"name": "warm-up", "duration_s": 0.7, "users": {"*": 3}, "measured": False},
        {"name": "steady", "duration_s": 0.8, "users": {"Shopper": 6}, "spawn_per_s": 20},
        {"name": "calm", "duration_s": 0.5, "users": {"Shopper": 1}},
    ]
    told = run(SHOP, {"phases": phases}, target.host)
    assert counted(told) == Counter(target.log())
    assert told.total("failed") == 0
    assert (told["how"], told["phases"]) == ("finished", ["warm-up", "steady", "calm"])
    assert [span[0] for span in told["spans"]] == ["warm-up", "steady", "calm"]
    assert [span[3] for span in told["spans"]] == [False, True, True]
    assert all(first[2] == second[1] for first, second in zip(told["spans"], told["spans"][1:], strict=False))
    assert told["seconds"] == sorted(set(told["seconds"]))
    assert told.total("ok", "journey") == told.total("ok", "step", step="pay") + told.total(
        "ok", "journey", journey="look"
    )
    assert {"cpu", "memory", "loop_lag", "users"} <= set(told["readings"])
    assert told["handlers_left"] == 0
    assert told["stdout"] == []


def test_the_crowd_is_as_large_as_each_phase_asks(run, target):
    phases = [
        {"name": "few", "duration_s": 1.2, "users": {"Shopper": 2}},
        {"name": "many", "duration_s": 1.2, "users": {"Shopper": 7}},
        {"name": "one", "duration_s": 1.2, "users": {"Shopper": 1}},
    ]
    told = run(SHOP, {"phases": phases}, target.host)
    alive = {phase: users.get("Shopper", 0) for phase, users, *_ in told["progress"][:-1]}
    assert alive == {"few": 2, "many": 7, "one": 1}


def test_arrivals_all_start_and_are_counted(run, target):
    told = run(SHOP, one_phase(1.0, arrivals=[{"of": "buy", "per_s": 40}]), target.host)
    assert told.total("ok", "journey", journey="buy") == 40
    assert told["progress"][-1][2:] == [40, 40, 0]
    assert counted(told) == Counter(target.log())
    assert sum(told["readings"]["arrivals_planned"]) == 40
    assert not told.series("journey", journey="look")


def test_a_frozen_server_shows_in_the_response_times_and_nothing_is_left_out(run, target):
    journeys = """
from simulator import ApiUser, constant, journey
class Asker(ApiUser):
    @journey
    def ask(self):
        self.client.get("/x")
class Freezer(ApiUser):
    wait_time = constant(60)
    @journey
    def freeze(self):
        self.client.get("/freeze?s=1")
"""
    load = one_phase(1.5, users={"Freezer": 1}, arrivals=[{"of": "Asker", "per_s": 40}], max_users=200)
    told = run(journeys, load, target.host)
    [asked] = told.series(name="GET /x")
    assert asked["ok"] == 60
    assert asked["p99_s"] > 0.5
    assert asked["dropped"] == 0


def test_time_spent_waiting_for_a_user_is_response_time_but_not_service_time(run, target):
    journeys = """
from simulator import ApiUser, journey
class Asker(ApiUser):
    def on_start(self):
        self.client.get("/login?s=0.7")
    @journey
    def ask(self):
        with self.step("a"):
            self.client.get("/x")
            self.client.get("/y")
"""
    phases = [
        {"name": "busy", "duration_s": 0.5, "arrivals": [{"of": "*", "per_s": 10}]},
        {"name": "calm", "duration_s": 1.0},
    ]
    told = run(journeys, {"phases": phases, "max_users": 20}, target.host)
    [first], [second] = told.series(name="GET /x"), told.series(name="GET /y")
    [journey] = told.series("journey")
    [step] = told.series("step", journey="ask")
    assert min(first["max_s"], journey["max_s"], step["max_s"]) > 0.7
    assert max(first["service_p99_s"], journey["service_p99_s"], second["max_s"]) < first["max_s"]
    assert max(told["readings"]["start_lag"]) > 0.6
    assert {series["phase"] for series in (first, journey, step)} == {"busy"}


def test_what_nobody_can_take_is_dropped_and_counted(run, target):
    journeys = """
from simulator import ApiUser, journey
class Slow(ApiUser):
    @journey
    def wait(self):
        self.client.get("/slow?s=0.4")
"""
    told = run(journeys, one_phase(1.0, arrivals=[{"of": "wait", "per_s": 20}], max_users=2), target.host)
    [journey] = told.series("journey")
    assert journey["dropped"] > 0
    assert journey["ok"] + journey["dropped"] == 20
    assert journey["ok"] == len(target.log())
    [failure] = told["failures"]
    assert (failure["error_class"], failure["count"]) == ("dropped", journey["dropped"])


def test_open_and_closed_users_live_side_by_side(run, target):
    journeys = (
        SHOP
        + """
class Other(ApiUser):
    wait_time = constant(0.05)
    @journey
    def other(self):
        self.client.get("/other")
"""
    )
    told = run(journeys, one_phase(1.0, users={"Other": 2}, arrivals=[{"of": "*", "per_s": 20}]), target.host)
    assert told.total("ok", "journey", user="Shopper") == 20
    assert told.total("ok", "journey", user="Other") > 4
    assert counted(told) == Counter(target.log())


def test_journeys_under_way_may_finish(run, target):
    journeys = """
from simulator import ApiUser, constant, journey
class Patient(ApiUser):
    wait_time = constant(60)
    @journey
    def wait(self):
        self.client.get("/slow?s=0.8")
"""
    told = run(journeys, one_phase(0.3, users={"Patient": 3}, stop_within_s=10), target.host)
    assert (told.total("ok"), told.total("cut_off")) == (3, 0)


def test_on_second_stops_the_run_with_its_reason(run, target):
    told = run(SHOP, one_phase(None, users={"Shopper": 2}), target.host, stop_after=10)
    assert (told["how"], told["reason"]) == ("stopped", "enough")
    assert counted(told) == Counter(target.log())


def test_browser_users_ask_their_host(run, target):
    journeys = """
from simulator import BrowserUser, constant, journey
class Visitor(BrowserUser):
    wait_time = constant(0.01)
    @journey
    def look(self, page):
        pass
class Guest(BrowserUser):
    @journey
    def stay(self, page):
        pass
"""
    load = one_phase(0.5, users={"Visitor": 2}, arrivals=[{"of": "Guest", "per_s": 10}])
    told = run(journeys, load, target.host)
    calls = told["calls"]
    assert (calls[0], calls[-1]) == (["start"], ["stop"])
    runs = [call for call in calls if call[0] == "run"]
    assert [call[4] for call in runs if call[1] == "Guest"] == [True] * 5
    assert {call[3] for call in runs if call[1] == "Visitor"} == {"look"}
    assert {call[2] for call in runs} == {call[2] for call in calls if call[0] == "release"}
    assert told["progress"][0][1].keys() <= {"Visitor", "Guest"}


def test_every_user_has_a_number_of_its_own(run, target):
    journeys = """
from simulator import ApiUser, constant, journey
class A(ApiUser):
    wait_time = constant(60)
    @journey
    def go(self):
        self.client.get("/go", name=f"/number-{self.number}")
class B(A):
    pass
"""
    told = run(journeys, one_phase(0.3, users={"A": 2, "B": 2}), target.host)
    assert sorted(s["name"] for s in told.series()) == [f"GET /number-{n}" for n in range(4)]
    assert all(s["ok"] == 1 for s in told.series())


@pytest.mark.parametrize("now", [True, False])
def test_a_signal_from_another_thread_ends_the_run_gently_or_at_once(run, target, now):
    journeys = """
from simulator import ApiUser, constant, journey
class Patient(ApiUser):
    wait_time = constant(60)
    @journey
    def wait(self):
        self.client.get("/slow?s=2")
"""
    load = one_phase(None, users={"Patient": 2}, stop_within_s=30)
    told = run(journeys, load, target.host, interrupt_after=2, now=now)
    assert (told["how"], told["reason"]) == ("stopped", "interrupted")
    assert (told.total("ok"), told.total("cut_off")) == ((0, 2) if now else (2, 0))


def test_so_many_journeys_as_asked_for_and_no_more(run, target):
    told = run(SHOP, one_phase(30, users={"*": 3}), target.host, iterations=25)
    assert told.total("ok", "journey") == 25
    assert told["duration_s"] < 20
    assert counted(told) == Counter(target.log())


def test_slip_against_the_pace_is_read(run, target):
    journeys = """
from simulator import ApiUser, constant_pacing, journey
class Paced(ApiUser):
    wait_time = constant_pacing(0.05)
    @journey
    def slow(self):
        self.client.get("/slow?s=0.2")
"""
    told = run(journeys, one_phase(1.5, users={"Paced": 1}), target.host)
    assert sum(told["readings"]["pace_slipped"]) >= 3
    assert max(told["readings"]["pace_slip"]) > 0.1


@pytest.mark.parametrize("seed", range(17))
def test_counts_are_those_of_the_server_whatever_the_plan(run, target, seed):
    """Closed, open, both; phases; early stops; connections that the server ends."""
    rng = random.Random(seed)
    phases = []
    for number in range(rng.randint(1, 3)):
        phase: dict[str, Any] = {"name": f"p{number}", "duration_s": round(rng.uniform(0.15, 0.5), 2)}
        if rng.random() < 0.6:
            phase["users"] = {rng.choice(["*", "Shopper"]): rng.randint(1, 8)}
        if rng.random() < 0.6 or not phase.get("users"):
            spacing = rng.choice(["even", "poisson"])
            phase["arrivals"] = [{"of": rng.choice(["buy", "look"]), "per_s": rng.randint(5, 80), "spacing": spacing}]
        phases.append(phase)
    load = {"phases": phases, "max_users": rng.choice([2, 50]), "stop_within_s": rng.choice([0.0, 0.05, 5.0])}
    load["seed"] = seed
    journeys = SHOP.replace('get("/products/5")', f'get("/products/5?hang_up={rng.choice([0, 1])}")')
    stopped = {"stop_after": rng.randint(1, 60)} if rng.random() < 0.3 else {}
    told = run(journeys, load, target.host, **stopped)
    ended, cut = counted(told), Counter()
    for series in told.series():
        cut[series["name"].replace("/orders/{id}", "/orders/12").replace("/products/{id}", "/products/5")] += series[
            "cut_off"
        ]
    log = Counter(target.log())
    assert all(ended[path] <= log[path] <= ended[path] + cut[path] for path in log | ended)
    planned, started, dropped = told["progress"][-1][2:]
    assert planned == started + dropped
    assert told.total("dropped", "journey") == dropped
