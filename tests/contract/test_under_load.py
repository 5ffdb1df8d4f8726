"""Contracts in a run: collected from it, and checked while it goes on, in one process and in several."""

import json
import shutil

import pytest

from simulator.contract.pact.read import read_pact
from tests.contract.conftest import ROOT, simulator

PROJECT = """\
environments:
  good:
    services: {shop: {command: "simulator demo serve --port {port}", ready: {http: /health, within: 20s}}}
    host: "{shop.url}"
  payments:
    services:
      payments: {virtual: journeys/virtual/payments.yaml}
      shop:
        command: simulator demo serve --port {port} --payments {payments.url}
        ready: {http: /health, within: 20s}
        needs: [payments]
    host: "{shop.url}"
  bad:                 # paying takes a second, so that arrivals alone decide how many requests are in flight
    services:
      shop:
        command: simulator demo serve --port {port} --break missing-header-under-load --break slow-payments
        ready: {http: /health, within: 20s}
    host: "{shop.url}"
profiles:              # a shared machine may stall; what is tested here does not depend on it
  collect: {environment: payments, users: {Shopper: 12}, duration: 3s, validity: {loop_lag: 30s}}
  short: {environment: good, users: {Shopper: 4}, duration: 2s, validity: {loop_lag: 30s}}
  ramp:
    validity: {loop_lag: 30s}
    contracts: {files: [contracts/Shopper-shop.json], share: 100%, budget: 50%}
    phases:
      - {name: calm, duration: 2s, rate: {buy_a_lamp: 2/s}}
      - {name: busy, duration: 3s, rate: {buy_a_lamp: 25/s}}
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project whose contracts have been collected from a run."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "simulator.yaml").write_text(PROJECT)
    shutil.copytree(ROOT / "journeys", folder / "journeys")
    ended = simulator(
        "run", "journeys", "--profile", "collect", "--collect-contracts", "contracts", "--quiet", cwd=folder
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return folder


def document_of(folder, out):
    [path] = (folder / out).glob("*/run.json")
    return json.loads(path.read_text())


def test_a_contract_is_collected_for_each_consumer_and_provider(project):
    contract = read_pact(project / "contracts/Shopper-shop.json")
    payments = read_pact(project / "contracts/shop-payments.json")

    found = {each.description: each for each in contract.interactions}
    search = found["GET /api/products?q"]
    assert search.request.query == {"q": ("lamp",)}
    assert search.response.body.json[0].keys() == {"id"}  # of nine fields the journey reads one
    assert found["GET /api/products/{id}"].response.body.json.keys() >= {"id", "price_cents"}
    assert "stock" not in found["GET /api/products/{id}"].response.body.json
    evidence = search.comments["simulator"]
    assert evidence["samples"] >= 1
    assert 0 < evidence["share"] < 1
    assert evidence["p95_s"] > 0
    assert evidence["steps"] == {"find a lamp": evidence["samples"]}
    assert "secret" not in (project / "contracts/Shopper-shop.json").read_text()
    assert payments.interactions[0].request.path == "/payments"
    assert payments.interactions[0].response.status == 201


def test_the_collected_contract_verifies_against_the_shop_even_with_a_break_that_needs_load(project):
    pytest.importorskip("pact", reason="the official Pact core is not installed: pip install 'simulator[contract]'")

    words = ["contracts/Shopper-shop.json", "--provider", "bad", "--secret", "password=secret"]
    ended = simulator("contract", "verify", *words, cwd=project)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "PASSED" in ended.stdout


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_break_that_needs_load_is_found_under_load_with_its_level(project, workers):
    out = f"reports-{workers}"
    ended = simulator("run", "--profile", "ramp", "--environment", "bad", "--workers", workers, "--quiet", "--out", out,
                      cwd=project)  # fmt: skip

    assert ended.returncode == 1, ended.stdout + ended.stderr
    document = document_of(project, out)
    contracts = document["contracts"]
    orders = sum(
        row["count"]
        for row in document["series"]
        if row["level"] == "operation" and row["name"] == "POST /api/orders" and row["phase"] is None
    )
    [row] = [row for row in contracts["operations"] if row["name"] == "POST /api/orders"]
    assert row["checked"] + row["left_out"] == orders
    assert row["violating"] > 0
    assert contracts["onset"]["at_s"] >= 2
    assert contracts["onset"]["clean"] > 0
    assert contracts["onset"]["per_s"] > contracts["onset"]["clean_per_s"]
    errors = [error for error in document["errors"] if error["class"] == "contract"]
    assert all("x-request-id" in error["message"] for error in errors)
    assert sum(error["count"] for error in errors) == row["violating"]
    assert any(error["evidence"] for error in errors)
    assert document["series"][0]["errors"] == 0
    assert any("contract violations appear from" in note for note in document["notes"])
    assert [(each["name"], each["result"]) for each in document["thresholds"]] == [("contracts are kept", "fail")]
    assert "contracts are kept" in next((project / out).glob("*/junit.xml")).read_text()


def test_a_run_whose_answers_keep_their_description_says_so(project):
    description = ROOT / "simulator/demo/openapi.json"
    words = ["journeys/shop.py", "--profile", "short"]
    ended = simulator("run", *words, "--contracts", description, "--quiet", "--out", "kept", cwd=project)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    contracts = document_of(project, "kept")["contracts"]
    assert contracts["checked"] > 0
    assert contracts["violating"] == 0
    assert contracts["onset"] is None
    assert contracts["unchecked"] == []


def test_a_contract_with_mistakes_ends_a_run_before_it_begins(project):
    (project / "bad.json").write_text('{"consumer": {"name": "web"}}')
    words = ["journeys", "--environment", "good", "--users", "1", "--contracts", "bad.json"]
    ended = simulator("run", *words, cwd=project)

    assert ended.returncode == 2
    assert "bad.json" in ended.stderr
    assert "provider has no name" in ended.stderr
