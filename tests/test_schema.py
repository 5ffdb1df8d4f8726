"""The published JSON Schemas: as fresh as the readers, content with our own files, and of use against mistakes."""

import json
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from simulator.schema.made import MADE, text_of
from simulator.schema.published import NAMES, published
from simulator.schema.shape import TEXT, mapping
from tests.test_documentation import blocks

ROOT = Path(__file__).parent.parent
OWN = {
    "simulator": ["simulator.yaml", "simulator/cli/first_project/simulator.yaml"],
    "thresholds": [
        *(str(path.relative_to(ROOT)) for path in sorted((ROOT / "thresholds").glob("*.yaml"))),
        "simulator/cli/first_project/thresholds/smoke.yaml",
        "benchmarks/services/project/thresholds/orders.yaml",
    ],
    "virtual": ["journeys/virtual/payments.yaml"],
    "data": ["journeys/data/shop.yaml", "benchmarks/services/project/journeys/data/orders.yaml"],
    "journeys": ["benchmarks/services/project/journeys/order_flow.yaml"],
    "contract": ["journeys/contracts/shop-payments.yaml"],
}
MISTAKES = {
    "simulator": [
        "enviroments: {}",
        "environments: {a: {services: {}}}",
        "profiles: {a: {duration: soon}}",
        "profiles: {a: {users: many}}",
        "profiles: {a: {rate: 20}}",
        "profiles: {a: {arrivals: odd}}",
        "profiles: {a: {phases: [{name: x}]}}",
        "profiles: {a: {browser: {engine: netscape}}}",
        "environments: {a: {host: x, services: {s: {ready: {htpp: /}}}}}",
    ],
    "thresholds": [
        "thresholds: [responsetime < 3 s]",
        "thresholds: [p95]",
        "thresholds: [{step: pay}]",
        "thresholds: [{require: p95 < 1 s, severity: fatal}]",
        "thresholds: [{require: p95 < 1 s, jorney: a}]",
        "invariants: [{name: a}]",
    ],
    "virtual": ["stubs: [{requst: {}}]", "service: a", "stubs: []\nbehaviours: {a: {fault: fire}}"],
    "data": ["entities: {a: {count: 3}}", "feeders: {a: {mode: twice}}", "entities: {a: {fields: {b: {sequnce: 1}}}}"],
    "journeys": ["journeys: {a: {}}", "journeys: {a: {steps: [{http: GET /}]}}", "journeys: {a: {steps: [], tier: x}}"],
    "cases": ["cases: [{inptu: 3}]", "mocks: {}"],
    "contract": ["consumer: a", "consumer: a\nprovider: b\ninteractions: [{given: x}]"],
}


def errors(name, text):
    value = named_as_written(yaml.safe_load(text))
    return list(jsonschema_rs.validator_for(json.loads(published(name))).iter_errors(value))


def named_as_written(value):
    """A key `on` is `True` for YAML 1.1; editors, and we, read 1.2."""
    if isinstance(value, dict):
        return {"on" if key is True else str(key): named_as_written(each) for key, each in value.items()}
    return [named_as_written(each) for each in value] if isinstance(value, list) else value


def test_every_schema_is_published():
    assert set(NAMES) == set(MADE)


@pytest.mark.parametrize("name", MADE)
def test_what_is_published_is_what_the_readers_know(name):
    assert published(name) == text_of(name), "write them anew: python -m simulator.schema"


@pytest.mark.parametrize(("name", "file"), [(name, file) for name, files in OWN.items() for file in files])
def test_our_own_files_are_good(name, file):
    assert not errors(name, (ROOT / file).read_text())


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in MISTAKES.items() for text in texts])
def test_mistakes_are_found(name, text):
    assert errors(name, text)


def schema_for(text):
    """The schema of a block of the documentation, by what it begins with; provider states have none."""
    starts = {"entities:": "data", "feeders:": "data", "journeys:": "journeys", "stubs:": "virtual", "cases:": "cases",
              "consumer:": "contract", "environments:": "simulator", "profiles:": "simulator",
              "invariants:": "thresholds", "thresholds:": "thresholds"}  # fmt: skip
    return next((name for start, name in starts.items() if f"\n{start}" in f"\n{text}"), None)


@pytest.mark.parametrize("text", list(blocks("yaml")))
def test_what_the_documentation_shows_is_good(text):
    name = schema_for(text)
    if name is not None:
        assert not errors(name, text)


def test_a_key_that_a_reader_learns_must_get_a_shape():
    with pytest.raises(ValueError, match="new"):
        mapping(("old", "new"), {"old": TEXT})
