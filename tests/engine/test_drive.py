"""Whole runs against a real server: what is measured is what happened."""

from __future__ import annotations

import json
import random
import socket
from collections import Counter
from typing import Any

import pytest

SHOP = """
from simulator import ApiUser, check, constant, journey

class Shopper(ApiUser):
    wait_time = constant(0.01)

    @journey(weight=3)
    def buy(self):
        with self.step("find"):
            found = self.client.get("/products", params={"q": "lamp"}).json()
            check(found["id"] == 7, "it is number seven")
        with self.step("pay"):
            self.client.post("/orders/12", json={"a": 1})

    @journey
    def look(self):
        self.client.get("/products/5")
"""


def one_phase(duration_s: float | None = 1.0, **phase: Any) -> dict:
    """A load of a single phase; `stop_within_s`, `max_users` and `seed` go beside it."""
    beside = {name: phase.pop(name) for name in ("stop_within_s", "max_users", "seed") if name in phase}
    return {"phases": [{"name": "steady", "duration_s": duration_s, **phase}], **beside}


def counted(told) -> Counter:
    counts = Counter()
    for series in told.series():
        path = series["name"].replace("/orders/{id}", "/orders/12").replace("/products/{id}", "/products/5")
        counts[path] += series["ok"] + series["failed"]
    return counts


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


def test_an_http_error_fails_its_step_and_ends_the_journey_with_the_exchange_as_evidence(run, target):
    journeys = """
from simulator import ApiUser, check, constant, journey
class Shopper(ApiUser):
    wait_time = constant(0.05)
    @journey
    def buy(self):
        with self.step("pay"):
            order = self.client.get("/orders?c=503&token=t0psecret", headers={"Authorization": "Bearer t0psecret"})
            check(order.status_code == 200, f"order refused: {order.status_code}")
        with self.step("never"):
            self.client.get("/never")
"""
    told = run(journeys, one_phase(0.5, users={"Shopper": 2}), target.host)
    assert set(target.log()) == {"GET /orders"}
    assert told.total("ok") == told.total("ok", "step") == told.total("ok", "journey") == 0
    failed = told.total("failed", "journey")
    assert failed > 0
    assert told.total("failed") == told.total("failed", "step") == failed
    [failure] = told["failures"]
    assert (failure["error_class"], failure["step"], failure["count"]) == ("http 503", "pay", failed)
    assert failure["message"].startswith("order refused: 503")
    [evidence] = failure["evidence"]
    assert "GET /orders?c=503&token=*** HTTP/1.1" in evidence
    assert "HTTP/1.1 503" in evidence
    assert '"id": 7' in evidence
    assert "s3cret" not in evidence


def test_a_failed_check_turns_a_good_operation_into_a_failure(run, target):
    journeys = """
from simulator import ApiUser, check, constant, journey
class Shopper(ApiUser):
    wait_time = constant(0.05)
    @journey
    def buy(self):
        with self.step("pay"):
            self.client.get("/good")
            check(self.client.get("/bad").json()["id"] == 8, "it is number eight")
"""
    told = run(journeys, one_phase(0.5, users={"Shopper": 1}), target.host)
    bad, good = told.series(name="GET /bad")[0], told.series(name="GET /good")[0]
    assert bad["ok"] == good["failed"] == 0
    assert bad["failed"] == good["ok"] == Counter(target.log())["GET /bad"]
    [failure] = told["failures"]
    assert (failure["error_class"], failure["message"]) == ("check", "it is number eight")


def test_what_is_still_open_at_the_end_is_cut_off_and_never_good(run, target):
    journeys = """
from simulator import ApiUser, journey
class Patient(ApiUser):
    @journey
    def wait(self):
        with self.step("long"):
            self.client.get("/hang")
"""
    told = run(journeys, one_phase(0.5, users={"Patient": 3}, stop_within_s=0.2), target.host)
    for level in ("operation", "step", "journey"):
        assert told.total("cut_off", level) == 3
        assert told.total("ok", level) == told.total("failed", level) == 0
    assert {failure["error_class"] for failure in told["failures"]} == {"unanswered"}
    assert told["how"] == "finished"


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


def test_a_target_that_refuses_is_all_failures(run):
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    told = run(SHOP, one_phase(0.4, users={"Shopper": 2}), f"http://127.0.0.1:{port}")
    assert told.total("ok") == 0
    assert told.total("failed") > 0
    assert {failure["error_class"] for failure in told["failures"]} == {"refused"}


def test_a_timeout_is_over_the_whole_answer(run, target):
    journeys = """
from simulator import ApiUser, constant, journey
class Impatient(ApiUser):
    wait_time = constant(60)
    @journey
    def wait(self):
        self.client.get("/slow?s=5", timeout=0.3)
"""
    told = run(journeys, one_phase(0.6, users={"Impatient": 2}), target.host)
    [failure] = told["failures"]
    assert (failure["error_class"], failure["count"]) == ("timeout", 2)


def test_on_second_stops_the_run_with_its_reason(run, target):
    told = run(SHOP, one_phase(None, users={"Shopper": 2}), target.host, stop_after=10)
    assert (told["how"], told["reason"]) == ("stopped", "enough")
    assert counted(told) == Counter(target.log())


def test_an_exception_of_on_second_comes_out_of_drive(run, target):
    told = run(SHOP, one_phase(30, users={"Shopper": 1}), target.host, raise_after=1)
    assert (told["raised"], told["message"]) == ("RuntimeError", "from on_second")


def test_a_user_that_cannot_be_made_is_a_bring_up_error_with_the_authors_lines(run, target):
    journeys = """
from simulator import ApiUser, journey
class Broken(ApiUser):
    def __init__(self, environment):
        super().__init__(environment)
        self.nothing["x"]
    @journey
    def go(self):
        pass
"""
    told = run(journeys, one_phase(30, users={"Broken": 1}), target.host)
    assert told["raised"] == "BringUpError"
    assert 'self.nothing["x"]' in told["detail"]


def test_on_start_that_fails_is_recorded_and_tried_again(run, target):
    journeys = """
from simulator import ApiUser, journey
class Locked(ApiUser):
    def on_start(self):
        self.client.get("/login?c=401")
    @journey
    def go(self):
        self.client.get("/never")
"""
    told = run(journeys, one_phase(1.5, users={"Locked": 1}), target.host)
    assert set(target.log()) == {"GET /login"}
    assert len(target.log()) > 1
    [failure] = told["failures"]
    assert (failure["error_class"], failure["journey"]) == ("http 401", "on_start")


@pytest.mark.parametrize("base", ["HttpUser", "FastHttpUser"])
def test_an_existing_locustfile_runs_and_is_recorded(run, target, base):
    journeys = f"""
from locust import {base}, TaskSet, constant, events, task

seen = []

@events.request.add_listener
def note(request_type, name, response_time, response_length, exception, **kwargs):
    seen.append(name)

class Old({base}):
    wait_time = constant(0.02)

    @task
    def index(self):
        self.client.get("/index")
        self.client.get("/missing?c=404", name="/missing")

    @task
    def broken(self):
        self.client.get("/before")
        raise ValueError("a bug of the author's")

class Nested({base}):
    wait_time = constant(0.02)

    @task
    class Browse(TaskSet):
        @task
        def page(self):
            self.client.get("/page")
"""
    told = run(journeys, one_phase(0.8, users={"Old": 2, "Nested": 1}), target.host)
    log = Counter(target.log())
    assert log["GET /index"] == told.total("ok", name="GET /index", journey="index", user="Old") > 0
    assert log["GET /missing"] == told.total("failed", name="GET /missing") > 0
    assert log["GET /page"] == told.total("ok", name="GET /page", user="Nested") > 0
    classes = {failure["error_class"] for failure in told["failures"]}
    assert classes == {"http 404", "ValueError"}
    assert told.total("failed", "journey", journey="index") == log["GET /missing"]


def test_listeners_of_locust_hear_of_our_requests_with_everything(run, target):
    journeys = """
import json, locust
from locust import events
from simulator import ApiUser, constant, journey

class Shopper(ApiUser):
    wait_time = constant(0.02)
    @journey
    def go(self):
        self.client.get("/a", context={"k": "v"})
        self.client.get("/b?c=500")

heard = []

@events.request.add_listener
def hear(**told):
    heard.append(told)

@events.test_stop.add_listener
def report(environment, **_):
    good = [h for h in heard if h["exception"] is None]
    stats = environment.stats
    print(json.dumps({
        "heard": len(heard), "good": len(good), "keys": sorted(heard[0]), "first": [heard[0]["request_type"],
        heard[0]["name"], heard[0]["context"], heard[0]["response"].status_code],
        "bad": heard[1]["response"].status_code,
    }))
"""
    told = run(journeys, one_phase(0.5, users={"Shopper": 1}), target.host)
    heard = json.loads(told["stdout"][0])
    log = target.log()
    assert (heard["heard"], heard["good"]) == (len(log), log.count("GET /a"))
    assert heard["first"] == ["GET", "/a", {"k": "v"}, 200]
    assert heard["bad"] == 500
    assert set(heard["keys"]) >= {
        "request_type", "name", "response_time", "response_length", "response", "context", "exception", "start_time",
        "url",
    }  # fmt: skip


def test_locusts_statistics_agree_with_ours(run, target):
    journeys = (
        SHOP
        + """
import json
from locust import events

@events.quitting.add_listener
def report(environment, **_):
    stats = environment.stats
    print(json.dumps({
        "total": [stats.total.num_requests, stats.total.num_failures, stats.total.max_response_time],
        "entries": {f"{e.method} {e.name}": e.num_requests for e in stats.entries.values()},
        "p99": stats.total.get_response_time_percentile(0.99),
    }))
"""
    )
    told = run(journeys, one_phase(1.2, users={"Shopper": 3}), target.host)
    locusts = json.loads(told["stdout"][0])
    assert locusts["total"][0] == len(target.log())
    assert locusts["total"][2] == pytest.approx(max(s["max_s"] for s in told.series()) * 1000, rel=0.01)
    assert locusts["entries"] == dict(Counter({s["name"]: s["ok"] for s in told.series()}))


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


def test_task_sets_of_our_own_users_run_and_their_errors_are_recorded(run, target):
    journeys = """
from locust import TaskSet, task
from simulator import ApiUser, constant
class Old(ApiUser):
    wait_time = constant(0.02)
    @task
    class Browse(TaskSet):
        @task
        def page(self):
            self.client.get("/page?c=500")
            self.client.get("/after")
            raise ValueError("a bug of the author's")
"""
    told = run(journeys, one_phase(0.5, users={"Old": 1}), target.host)
    log = Counter(target.log())
    assert log["GET /after"] == told.total("ok", name="GET /after") > 0
    assert log["GET /page"] == told.total("failed", name="GET /page")
    [failure] = told["failures"]
    assert (failure["journey"], failure["step"], failure["error_class"]) == ("Browse", "page", "http 500")
    assert "a bug of the author's" in failure["message"]
    assert told.total("failed", "step", journey="Browse", step="page") == log["GET /page"]


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


def test_a_server_that_never_answers_leaves_only_operations_that_were_cut_off(run, target):
    journeys = """
from simulator import ApiUser, journey
class Asker(ApiUser):
    @journey
    def ask(self):
        self.client.get("/hang")
"""
    told = run(journeys, one_phase(0.5, users={"Asker": 4}, stop_within_s=0.2), target.host)
    assert (told.total("ok"), told.total("failed"), told.total("cut_off")) == (0, 0, 4)


def test_a_journey_that_the_class_does_not_have_is_a_bring_up_error(run, target):
    told = run(SHOP, one_phase(1, users={"Shopper": 1}), target.host, rename={"buy": "by"})
    assert (told["raised"], told["message"]) == ("BringUpError", "Shopper has no journey 'by'")
