import pytest

from simulator.errors import BringUpError, UsageError
from simulator.journey.scenario.value import filled
from simulator.plan.discovery import load_cast

GOOD = """
user: Buyer
weight: 3
journeys:
  buy:
    tags: [checkout]
    owner: shop team
    steps:
      - {step: order, http: POST /orders, json: {n: 1}, status: 201, save: {order: id}}
      - step: see it
        do:
          - {receive: paid, match: "{order}", expect: {state: paid}}
          - {take: accounts, save: account}
          - {sql: "select 1", params: {id: "{account.id}"}, rows: [{a: 1}], within: 3s}
"""
WRONG = """
weight: 1
journeys:
  buy:
    steps:
      - {step: a, htpp: GET /}
      - {step: b, http: GET /, stauts: 200}
      - {step: c, http: "GET /{oder}"}
      - {http: GET /}
      - {step: d, wait: 1s, do: [{wait: 1s}]}
"""


def test_a_file_is_a_user_class_with_journeys_and_steps(tmp_path):
    (tmp_path / "buying.yaml").write_text(GOOD)
    (tmp_path / "stubs.yaml").write_text("stubs: []")  # no journeys, so none of ours

    [user] = load_cast([tmp_path]).users

    [journey] = user.journeys
    assert (user.name, user.kind, user.weight) == ("Buyer", "api", 3)
    assert (journey.name, journey.steps, journey.tags) == ("buy", ("order", "see it"), frozenset({"checkout"}))
    assert (journey.about.owner, dict(journey.takes)) == ("shop team", {"accounts": 1})


def test_every_mistake_is_told_with_its_place(tmp_path):
    (tmp_path / "buying.yaml").write_text(WRONG)

    with pytest.raises(BringUpError) as caught:
        load_cast([tmp_path / "buying.yaml"])

    told = str(caught.value)
    for part in [
        "buying.yaml:6:9: an action has exactly one type (did you mean 'http'?)",
        "'http' has no 'stauts' (did you mean 'status'?)",
        "{oder} stands for nothing yet",
        "a step begins with its name",
        "'wait' stands beside `do`",
    ]:
        assert part in told, part


def test_a_yaml_file_without_journeys_is_refused(tmp_path):
    (tmp_path / "other.yaml").write_text("a: 1")

    with pytest.raises(UsageError, match="not a Python file"):
        load_cast([tmp_path / "other.yaml"])


def test_places_keep_types():
    saved = {"order": {"id": 7, "lines": [{"n": 2}]}}

    assert filled({"a": "{order.id}", "b": "no {order.id}", "c": ["{order.lines.0.n}"]}, saved) == {
        "a": 7,
        "b": "no 7",
        "c": [2],
    }
