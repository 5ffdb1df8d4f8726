"""A virtual payment service that a phase disturbs: faults on the run's own clock."""

import json
import sqlite3

import pytest

PROJECT = """
environments:
  outage:
    services:
      payments: {virtual: journeys/virtual/payments.yaml}
      shop:
        command: simulator demo serve --port {port} --payments {payments.url} --payment-timeout 1
        ready: {http: /health, within: 20s}
        needs: [payments]
    host: "{shop.url}"
profiles:
  outage:
    thresholds: thresholds.yaml
    phases:
      - {name: steady, duration: 4s, rate: {buy_a_lamp: 10/s}}
      - {name: outage, duration: 4s, rate: {buy_a_lamp: 10/s}, faults: {payments: timeout}}
      - {name: recovery, duration: 5s, rate: {buy_a_lamp: 10/s}}
"""
THRESHOLDS = """
thresholds:
  - {phase: steady, require: error_rate < 50%}
  - {phase: outage, step: pay, require: error_rate > 50%}
  - {phase: recovery, require: error_rate < 50% within 2 s}
"""


@pytest.fixture
def disturbed(shop_project):
    shop_project.write("simulator.yaml", PROJECT)
    shop_project.write("thresholds.yaml", THRESHOLDS)
    return shop_project


def test_an_outage_of_payments_breaks_its_phase_and_no_other(disturbed):
    ended = disturbed.run("run", "--profile", "outage")

    assert ended.code == 0, ended.out + ended.err
    document = disturbed.document()
    starts = {phase["name"]: phase["start_s"] for phase in document["phases"]}
    assert document["errors"]
    for error in document["errors"]:  # what was under way when the outage began belongs to the phase before
        assert error["class"] == "http 504"
        assert error["phase"] == "outage" or error["first_s"] > starts["outage"]
        assert error["phase"] != "recovery"
    [payments] = document["virtual"]
    rows = {row["phase"]: row for row in payments["series"]}
    assert rows["steady"]["errors"] == rows["recovery"]["errors"] == 0
    assert rows["outage"]["errors"] > 10
    assert payments["unused_stubs"] == ["health", "refused card"]
    whole = next(row for row in document["series"] if row["kind"] is None)
    assert whole["count"] == sum(
        r["count"] for r in document["series"] if r["level"] == "operation" and r["phase"] and r["kind"] == "http"
    )  # fmt: skip  (what the virtual service saw is not counted again)
    events = (
        sqlite3.connect(disturbed.runs()[-1] / "data.sqlite").execute("SELECT at_s, kind, text FROM event").fetchall()
    )
    assert [(kind, text) for _, kind, text in events] == [
        ("fault", "payments: timeout on"), ("fault", "payments: timeout off")]  # fmt: skip
    assert "payments: timeout on" in (disturbed.runs()[-1] / "report.html").read_text()


@pytest.mark.parametrize("strict", [True, False])
def test_a_request_without_a_stub_is_listed_and_fails_a_strict_run(disturbed, strict):
    stubs = disturbed.folder / "journeys/virtual/payments.yaml"
    text = stubs.read_text().replace("path: /payments", "path: /pay")
    stubs.write_text(text.replace("strict: true", f"strict: {json.dumps(strict)}"))
    disturbed.write("thresholds.yaml", "thresholds: [error_rate < 90%]")

    ended = disturbed.run("run", "--profile", "outage", "--rate", "buy_a_lamp=5/s", "--duration", "3s")

    assert ended.code == (1 if strict else 0), ended.out + ended.err
    [unmatched] = [error for error in disturbed.document()["errors"] if error["class"] == "no stub"]
    assert "POST /payments" in unmatched["message"]
    assert "path: is '/pay'" in unmatched["message"]
    assert ("every request has a stub" in ended.out) == strict


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{payments: timeout}", "{payments: timeuot}", "did you mean 'timeout'?"),
        ("{payments: timeout}", "{paymnets: timeout}", "did you mean 'payments'?"),
        ("{payments: timeout}", "{shop: timeout}", "no virtual service"),
        ("payments.yaml}", "paymnets.yaml}", "cannot be read"),
    ],
)
def test_what_a_phase_disturbs_must_exist(disturbed, old, new, said):
    disturbed.write("simulator.yaml", PROJECT.replace(old, new))

    ended = disturbed.run("run", "--profile", "outage")

    assert ended.code == 2
    assert said in ended.err


def test_state_is_kept_for_each_simulated_user_by_itself(project):
    project.write(
        "simulator.yaml",
        """
environments:
  alone: {services: {carts: {virtual: carts.yaml}}, host: "{carts.url}"}
profiles: {test: {users: 5, duration: 3s, validity: {loop_lag: 60s}}}
profile: test
""",
    )
    project.write(
        "carts.yaml",
        """
strict: true
stubs:
  - {request: {method: GET, path: /cart}, scenario: {name: cart, when: started}, answer: {json: 0}}
  - {request: {method: POST, path: /cart}, scenario: {name: cart, when: started, then: filled}, answer: {json: 1}}
  - {request: {method: GET, path: /cart}, scenario: {name: cart, when: filled}, answer: {json: 1}}
  - {request: {method: DELETE, path: /cart}, scenario: {name: cart, when: filled, then: started}, answer: {json: 0}}
""",
    )
    project.write(
        "journeys/cart.py",
        """
from simulator import ApiUser, check, constant, journey


class Buyer(ApiUser):
    wait_time = constant(0.02)

    @journey
    def fill(self):
        check(self.client.get("/cart").json() == 0, "the cart is empty")
        self.client.post("/cart")
        check(self.client.get("/cart").json() == 1, "the cart holds what this user put in")
        self.client.delete("/cart")
""",
    )

    ended = project.run("run")

    document = project.document()
    assert ended.code == 0, ended.out + ended.err
    assert document["errors"] == []
    assert document["virtual"][0]["unmatched"] == 0


def test_a_kept_environment_stays_up_until_the_command_that_was_named_is_run(project):
    import re
    import subprocess
    import urllib.request

    project.write(
        "simulator.yaml",
        """
environments:
  alone: {services: {a: {virtual: a.yaml}}, host: "{a.url}"}
""",
    )
    project.write("a.yaml", "stubs: [{answer: {body: hi}}]")
    project.write(
        "journeys/a.py",
        """
from simulator import ApiUser, journey


class User(ApiUser):
    @journey
    def look(self):
        self.client.get("/")
""",
    )

    kept = project.run("run", "--users", "1", "--duration", "1s", "--keep")
    url = re.search(r"a stays up at (\S+)", kept.out)[1]
    command = re.search(r"stop it with: (.+)", kept.out)[1]
    try:
        again = project.run("run", "--users", "1", "--duration", "1s")
        assert "left behind" not in again.out
        assert urllib.request.urlopen(url, timeout=5).read() == b"hi"
    finally:
        subprocess.run(command, shell=True, check=True)
