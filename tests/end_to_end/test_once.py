"""`run --once`: journeys as an integration test suite."""

import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent

SUITE = """
from pathlib import Path
from simulator import ApiUser, check, journey

class Buyer(ApiUser):
    @journey(provides={"an account"})
    def register(self):
        self.client.post("/register")

    @journey(needs={"an account"}, tags={"money"})
    def order(self):
        with self.step("order"):
            self.client.post("/status/500" if Path("broken").exists() else "/order")

    @journey(after="order", tags={"money"})
    def pay(self):
        self.client.post("/pay")

    @journey(exclusive={"the counter"})
    def sometimes(self):
        tries = Path("tries")
        tries.write_text((tries.read_text() if tries.exists() else "") + "x")
        with self.step("try"):
            self.client.get("/try")
            check(len(tries.read_text()) > 1, "the first try always fails")
"""


@pytest.fixture
def suite(project):
    project.write("journeys/buyer.py", SUITE)
    return project


def once(project, target, *words):
    return project.run("run", "--once", "--host", target.url, "--build", "v1", *words)


def outcomes(project):
    return {row["item"]: row for row in project.document()["outcomes"]}


def junit(project):
    tree = ElementTree.parse(project.runs()[-1] / "junit.xml")
    return {case.get("name"): case for case in tree.iter("testcase")}


def test_every_journey_runs_once_in_the_order_of_dependencies(suite, target):
    (suite.folder / "tries").write_text("x")
    ended = once(suite, target)

    assert ended.code == 0, ended.out + ended.err
    assert {name: row["result"] for name, row in outcomes(suite).items()} == {
        "Buyer.register": "passed", "Buyer.order": "passed", "Buyer.pay": "passed", "Buyer.sometimes": "passed",
    }  # fmt: skip
    paths = [path for _, path, _ in target.seen()]
    assert sorted(paths) == ["/order", "/pay", "/register", "/try"]
    assert paths.index("/register") < paths.index("/order") < paths.index("/pay")


def test_what_depends_on_a_failure_is_skipped_with_the_reason_and_counts_as_neither(suite, target):
    (suite.folder / "tries").write_text("x")
    (suite.folder / "broken").write_text("")
    ended = once(suite, target, "--slots", 3)

    assert ended.code == 1
    found = outcomes(suite)
    assert found["Buyer.order"]["result"] == "failed"
    assert "http 500" in found["Buyer.order"]["reason"]
    assert (found["Buyer.pay"]["result"], found["Buyer.pay"]["reason"]) == (
        "skipped", "comes after Buyer.order, which failed",
    )  # fmt: skip
    assert "/pay" not in [path for _, path, _ in target.seen()]
    cases = junit(suite)
    assert cases["order"].find("failure") is not None
    assert cases["pay"].find("skipped").get("message") == "comes after Buyer.order, which failed"
    assert cases["register"].find("failure") is None


def test_a_retry_marks_flaky_and_does_not_hide_it(suite, target):
    ended = once(suite, target, "--retries", 1, "--select", "sometimes")

    assert ended.code == 0, ended.out + ended.err
    (row,) = outcomes(suite).values()
    assert (row["result"], row["attempts"]) == ("flaky", 2)
    assert "the first try always fails" in row["reason"]
    assert "flaky" in ended.out
    assert "flaky: passed on attempt 2" in junit(suite)["sometimes"].find("system-out").text


def test_without_retries_the_same_journey_fails(suite, target):
    assert once(suite, target, "--select", "sometimes").code == 1


def test_a_circle_starts_nothing(project, target):
    project.write("journeys/circle.py", """
from simulator import ApiUser, journey

class Buyer(ApiUser):
    @journey(after="b")
    def a(self): self.client.get("/a")

    @journey(after="a")
    def b(self): self.client.get("/b")
""")  # fmt: skip
    ended = once(project, target)

    assert ended.code == 2
    assert "in a circle: Buyer.a → Buyer.b → Buyer.a" in ended.err or "Buyer.b → Buyer.a → Buyer.b" in ended.err
    assert target.seen() == []


def test_a_plan_knows_durations_from_earlier_runs_and_runs_nothing(suite, target):
    (suite.folder / "tries").write_text("x")
    once(suite, target)
    seen = len(target.seen())

    planned = json.loads(suite.run("list", "--plan", "--format", "json", "--slots", 2).out)
    part = [json.loads(suite.run("list", "--shard", f"{k}/2", "--format", "json").out)["items"] for k in (1, 2)]

    assert len(target.seen()) == seen
    assert {row["name"] for row in planned["items"]} == set(outcomes(suite))
    assert planned["length_s"] < 5
    assert {row["name"] for rows in part for row in rows} == set(outcomes(suite))


def test_a_broken_file_does_not_hide_the_others(suite):
    suite.write("journeys/broken.py", "import nowhere_to_be_found\n")

    listed = suite.run("list")

    assert listed.code == 3
    assert "register" in listed.out
    assert "broken.py cannot be imported" in listed.err


def test_what_is_selected_brings_what_it_depends_on(suite, target):
    ended = once(suite, target, "--select", "pay")

    assert ended.code == 0, ended.out + ended.err
    assert set(outcomes(suite)) == {"Buyer.register", "Buyer.order", "Buyer.pay"}


def test_what_failed_last_time_can_be_selected(suite, target):
    assert once(suite, target, "--select", "sometimes or register").code == 1

    ended = once(suite, target, "--select", "last:failed")

    assert ended.code == 0, ended.out + ended.err
    assert set(outcomes(suite)) == {"Buyer.sometimes"}


def test_what_changed_since_a_revision_can_be_selected(suite, target):
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com"]
    for words in (["init", "-q"], ["add", "journeys"], ["commit", "-qm", "first"]):
        subprocess.run([*git, *words], cwd=suite.folder, check=True)
    suite.write("journeys/new.py", SUITE.replace("Buyer", "Seller"))

    listed = suite.run("list", "--select", "changed:HEAD and tag:money", "--format", "json")

    assert [user["name"] for user in json.loads(listed.out)["users"]] == ["Seller"]


def test_shards_share_the_suite_out(suite, target):
    (suite.folder / "tries").write_text("x")
    parts = []
    for number in (1, 2):
        # Machines of a CI system see the same history, here none: a shard must not see what another one has just run.
        assert once(suite, target, "--shard", f"{number}/2", "--out", f"part-{number}").code == 0
        [document] = (suite.folder / f"part-{number}").glob("*/run.json")
        parts.append({row["item"] for row in json.loads(document.read_text())["outcomes"]})

    assert parts[0] | parts[1] == {"Buyer.register", "Buyer.order", "Buyer.pay", "Buyer.sometimes"}
    assert not parts[0] & parts[1]


def test_a_suite_runs_its_parts_and_ends_with_the_weightiest_exit_code(suite, target):
    suite.write("simulator.yaml", """
profiles: {short: {users: {Buyer: 1}, duration: 1s, validity: {loop_lag: 60s, browser_wait: 100%}}}
suites:
  tests: {once: true, select: not sometimes}
  broken: {once: true, select: sometimes}
  load: {profile: short}
  everything: [tests, broken, load]
""")  # fmt: skip
    planned = suite.run("list", "--suite", "everything").out
    ended = suite.run("run", "--suite", "everything", "--host", target.url, "--build", "v1")

    assert [line.split()[1] for line in planned.splitlines() if " once" in line or " profile" in line] == [
        "tests:", "broken:", "load:",
    ]  # fmt: skip
    assert ended.code == 1, ended.out + ended.err
    assert len(suite.runs()) == 3


def test_the_same_journeys_run_under_pytest(suite, target):
    suite.write("simulator.yaml", "environments: {here: {host: " + target.url + "}}\n")
    (suite.folder / "broken").write_text("")
    words = [sys.executable, "-m", "pytest", "-p", "simulator.pytest_plugin", "-q", "-rA", "--rootdir=.", "journeys"]
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}

    ended = subprocess.run(words, cwd=suite.folder, env=environ, capture_output=True, text=True, check=False)

    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert re.search(r"2 failed, 1 passed, 1 skipped", ended.stdout), ended.stdout
    assert "order: http 500" in ended.stdout
    assert "comes after Buyer.order, which failed" in ended.stdout
    assert [path for _, path, _ in target.seen()].count("/register") == 1


CONTRACT = """
consumer: Buyer
provider: till
interactions:
  - description: a payment
    request: {method: POST, path: /status/201}
    response: {status: 201}
  - description: a refund
    request: {method: POST, path: /status/500}
    response: {status: 200}
"""


@pytest.fixture
def contracts(suite):
    pytest.importorskip("pact")
    suite.write("journeys/Buyer-till.yaml", CONTRACT)
    return suite


def test_contracts_are_items_of_the_suite(contracts, target):
    ended = once(contracts, target, "--select", "level:contract or register")

    assert ended.code == 1
    found = outcomes(contracts)
    assert {name: row["result"] for name, row in found.items()} == {
        "Buyer.register": "passed", "Buyer-till.contract": "failed",
    }  # fmt: skip
    assert "a refund" in found["Buyer-till.contract"]["reason"]
    assert "expected 200 but was 500" in found["Buyer-till.contract"]["reason"]
    steps = {row["step"]: row for row in contracts.document()["series"] if row["level"] == "step"}
    assert (steps["a payment"]["errors"], steps["a refund"]["errors"]) == (0, 1)
    assert junit(contracts)["contract"].find("failure") is not None


def test_a_contract_that_cannot_be_checked_is_skipped_with_the_reason_and_never_passes(contracts, target):
    contracts.write("journeys/Buyer-post.yaml", CONTRACT.replace("till", "post"))
    ended = once(contracts, target, "--select", "level:contract")

    assert ended.code == 4
    assert {row["reason"] for row in outcomes(contracts).values()} == {
        "contracts of post, till and one address: --select touches:NAME"
    }


def test_contracts_are_tests_under_pytest(contracts, target):
    contracts.write("simulator.yaml", "environments: {here: {host: " + target.url + "}}\n")
    words = [sys.executable, "-m", "pytest", "-p", "simulator.pytest_plugin", "-q", "--rootdir=.", "journeys"]
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}

    ended = subprocess.run(words, cwd=contracts.folder, env=environ, capture_output=True, text=True, check=False)

    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "a refund: check: status: expected 200 but was 500" in ended.stdout


def test_contracts_make_no_load(contracts, target):
    ended = contracts.run("run", "journeys/Buyer-till.yaml", "--host", target.url, "--users", 1, "--duration", "1s")

    assert ended.code == 2
    assert "there are only contracts here" in ended.err
    assert target.seen() == []
