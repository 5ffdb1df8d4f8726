"""Test data as a user has it: files made and looked at, rows handed out over workers, a load that would run out."""

import pytest

from simulator.data.ledger import read_ledger

SPEC = """
entities:
  customer:
    count: 20
    fields: {id: {sequence: 1}, name: full_name}
  order:
    count: 50
    fields:
      id: {sequence: 100}
      customer: {reference: customer.id}
feeders:
  accounts: {file: accounts.csv, mode: unique}
clean:
  - {of: account, call: "cleaning:taken_away"}
"""
JOURNEYS = """
from simulator import ApiUser, constant, journey


class Buyer(ApiUser):
    wait_time = constant(0.05)

    @journey
    def buy(self):
        account = self.data.take("accounts")
        self.created("account", account["id"])
        self.client.get("/")
"""
CLEANING = """
def taken_away(keys, reach):
    with open("gone", "a") as file:
        file.write(" ".join(keys) + " ")
"""
ROWS = 40


@pytest.fixture
def shop(project, target):
    project.write("journeys/buyers.py", JOURNEYS)
    project.write("data/shop.yaml", SPEC)
    project.write("data/accounts.csv", "id\n" + "".join(f"a{number}\n" for number in range(ROWS)))
    project.write("data/cleaning.py", CLEANING)
    settings = f"data: data/shop.yaml\nenvironments: {{here: {{host: '{target.url}'}}}}\n"
    project.write("simulator.yaml", settings)
    return project


@pytest.mark.parametrize("workers", [[], ["--workers", "2"]])
def test_rows_for_one_use_are_used_once_and_then_the_run_stops(shop, workers):
    ended = shop.run("run", "--users", "4", "--duration", "60s", "--quiet", *workers)

    document = shop.document()
    checks = {check["check"]: check for check in document["validity"]}
    assert ended.code == 4, ended.out + ended.err
    assert "out of data: all 40 rows of feeder 'accounts' are used" in checks["test data"]["reason"]
    used = [key for entry in read_ledger(shop.runs()[-1] / "created.jsonl").created for key in entry.keys]
    assert len(used) == len(set(used))
    assert len(used) == ROWS if not workers else len(used) >= ROWS // 2  # the first worker that runs out ends the run
    assert sorted((shop.folder / "gone").read_text().split()) == sorted(used)


def test_a_load_that_would_run_out_refuses_to_start(shop):
    ended = shop.run("run", "--rate", "5/s", "--duration", "20s", "--quiet")

    assert ended.code == 2
    assert "feeder 'accounts' has 40 rows, this load takes 100: 60 are missing" in ended.err
    assert shop.runs() == []


def test_files_are_made_and_looked_at(shop):
    made = shop.run("data", "generate", "data/shop.yaml", "--out", "made")
    assert (made.code, made.out.splitlines()) == (0, ["made/customer.csv: 20 rows", "made/order.csv: 50 rows"])
    assert shop.run("data", "validate", "data/shop.yaml", "made/order.csv", "made/customer.csv").code == 0
    assert shop.run("check", "data/shop.yaml").out == "data/shop.yaml: good\n"
    lines = (shop.folder / "made/order.csv").read_text().splitlines()
    (shop.folder / "made/order.csv").write_text("\n".join([*lines[:3], lines[3].rpartition(",")[0] + ",999"]) + "\n")

    looked = shop.run("data", "validate", "data/shop.yaml", "made/order.csv")

    assert looked.code == 2
    assert "made/order.csv:4:2: customer: no customer has the id 999" in looked.err
