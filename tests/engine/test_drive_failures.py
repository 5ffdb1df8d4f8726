"""Whole runs that meet trouble: what fails, is cut off or cannot begin is said, and nothing of it counts as good."""

from __future__ import annotations

import socket
from collections import Counter

from tests.engine.shopper import SHOP, one_phase


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
    assert "t0psecret" not in evidence
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
