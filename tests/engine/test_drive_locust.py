"""What is written for Locust runs, hears and counts as it does there."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from tests.engine.shopper import SHOP, one_phase


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
