"""Two components in a pipeline, with a mock and twenty cases, three of them wrong; once, and under load."""

import pytest

PARTS = """
import time

_last = None


def rate(country):
    raise RuntimeError("the real tax service is far away")


def parse(order):
    if order["quantity"] < 1:
        raise ValueError(f"quantity {order['quantity']}")
    return {"net": order["price"] * order["quantity"], "country": order.get("country", "de")}


class Taxed:
    def setup(self):
        self.digits = 2

    def execute(self, order):
        return {"total": round(order["net"] * (1 + rate(order["country"])), self.digits)}


def racy(order):
    global _last
    _last = order["quantity"]
    time.sleep(0.01)
    return {"quantity": _last}
"""
USERS = """
from shop_parts import Taxed, parse, racy

from simulator import ComponentUser, case, constant, pipeline


class Pricing(ComponentUser):
    wait_time = constant(0.01)
    pipeline = pipeline(parse, Taxed, name="price an order")
    cases = "../cases/prices.yaml"
    runs_in = "PLACE"
    size = 2


class Racy(ComponentUser):
    pipeline = pipeline(racy)
    cases = [case(f"q{n}", {"quantity": n}, expect={"quantity": n}) for n in range(3)]
"""
GOOD = [
    f"  - {{name: {n} lamps, input: {{price: 10, quantity: {n}}}, expect: {{total: {n * 12}}}}}" for n in range(1, 18)
]
WRONG = [
    "  - {name: wrong total, input: {price: 10, quantity: 3}, expect: {total: 35, currency: EUR}}",
    "  - {name: raises, input: {price: 10, quantity: 0}, expect: {total: 0}}",
    '  - {name: called twice, input: {price: 10, quantity: 1}, expect: {total: 12},'
    ' mocks: {"shop_parts.rate": {returns: 0.2, calls: 2}}}',
]  # fmt: skip
MOCK = ['mocks: {"shop_parts.rate": {returns: 0.2, calls: 1}}', "cases:"]


@pytest.fixture
def shop(project):
    def made(cases, place="thread"):
        project.write("shop_parts.py", PARTS)
        project.write("journeys/parts.py", USERS.replace("PLACE", place))
        project.write("cases/prices.yaml", "\n".join([*MOCK, *cases]) + "\n")
        project.write("simulator.yaml", 'environments: {here: {services: {web: {command: "python -m http.server {port}'
                      ' --bind 127.0.0.1"}}, host: "{web.url}"}}\nprofiles: {load: {users: 6, duration: 2s, '
                      "validity: {loop_lag: 60s}, thresholds: limits.yaml}}")  # fmt: skip
        project.write("limits.yaml", "- error_rate < 1%\n- {kind: call, require: p95 < 500 ms}\n")
        return project

    return made


def test_three_wrong_cases_are_three_failures_with_their_differences_in_one_report(shop):
    project = shop([*GOOD, *WRONG])

    ended = project.run("run", "--once", "--quiet", "--select", "Pricing.*")

    document = project.document()
    failed = {o["item"]: o["reason"] for o in document["outcomes"] if o["result"] == "failed"}
    assert (ended.code, len(document["outcomes"])) == (1, 20)
    assert failed == {
        "Pricing.wrong total": "price an order: check: total: 36.0 instead of 35",
        "Pricing.raises": "price an order: ValueError: ValueError: quantity 0",
        "Pricing.called twice": "price an order: check: shop_parts.rate was called 1 times, 2 were expected",
    }
    messages = {error["journey"]: error for error in document["errors"]}
    assert "currency: missing, 'EUR' was expected" in messages["wrong total"]["message"]
    [evidence] = messages["wrong total"]["evidence"]
    kept = (project.runs()[-1] / evidence).read_text()
    assert "parse" in kept and "returned {'net': 30, 'country': 'de'}" in kept  # noqa: PT018
    assert "shop_parts.rate('de')" in kept
    rows = [row for row in document["series"] if row["journey"] == "1 lamps" and row["level"] == "operation"]
    assert {(row["name"], row["kind"]) for row in rows} == {("parse", "call"), ("Taxed", "call")}


@pytest.mark.parametrize("place", ["thread", "process"])
def test_the_same_pipeline_under_load_with_thresholds(shop, place):
    project = shop(GOOD, place)

    words = ["--users", "6", "--iterations", "120", "--thresholds", "limits.yaml", "--quiet", "--select", "Pricing.*"]
    ended = project.run("run", *words)

    document = project.document()
    assert ended.code in (0, 4), ended.out + ended.err  # a machine that stalls makes a run invalid, not wrong
    assert {ruling["result"] for ruling in document["thresholds"]} <= {"pass", "inconclusive"}
    assert document["errors"] == []
    assert sum(row["count"] for row in document["series"] if row["name"] == "Taxed" and row["phase"] is None) == 120


def test_what_others_at_work_change_is_a_failure_of_its_own_kind(shop):
    project = shop(GOOD)

    project.run("run", "--once", "--quiet", "--select", "Racy.*")

    errors = project.document()["errors"]
    assert {error["class"] for error in errors} == {"concurrency"}
    assert "alone and among others it comes to different results: quantity:" in errors[0]["message"]


def test_mistakes_in_cases_are_told_with_their_places(shop):
    first = "  - {name: a, input: 1, expcet: 2}"
    project = shop([first, '  - {mocks: {"shop_parts.rat": {retruns: 1, calls: x}}}'])

    ended = project.run("check", "journeys")

    place = f"cases/prices.yaml:3:{first.index('expcet') + 1}"
    assert f"{place}: unknown key 'expcet' (did you mean 'expect'?)" in ended.err
    assert "unknown key 'retruns' (did you mean 'returns'?)" in ended.err
    assert ended.code == 3
