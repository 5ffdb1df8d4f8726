"""What a target may do to the tool: the server's own log beside what the report says."""

import json
import re
import time
from collections import Counter

import pytest

from simulator.monitor.collapse import Collapse
from simulator.record.sample import SeriesKey
from simulator.record.window import Window
from simulator.selftest.running import RunningServer
from tests.command_line import STALLS, Project

fault = pytest.mark.fault
KEY = SeriesKey("operation", "U", "j", "s", "GET /", "http", "steady")

MEET_EVERYTHING = """
from simulator import ApiUser, constant, journey

PATHS = ("/hang", "/close", "/reset", "/garbage", "/truncated", "/chunking", "/drip", "/endless", "/large/2000000000",
         "/bomb/300000000", "/head/1000000", "/loop/1", "/upgrade", "/status/503", "/error-huge", "/fine")

class Visitor(ApiUser):
    wait_time = constant(0)

    def on_start(self):
        self.client.timeout_s = 1.0

    @journey
    def meet_everything(self):
        for path in PATHS:
            with self.step(path, continue_on_failure=True):
                self.client.get(path)
        with self.step("/tls", continue_on_failure=True):
            self.client.get(self.host.replace("http:", "https:") + "/tls")
        with self.step("/refused", continue_on_failure=True):
            self.client.get("http://127.0.0.1:1/refused")
"""
JOURNEYS = 4
CLASSES = {
    "/hang": "timeout",
    "/close": "reset",
    "/reset": "reset",
    "/garbage": "protocol",
    "/truncated": "reset",
    "/chunking": "protocol",
    "/drip": "timeout",
    "/endless": "too large",
    "/large/2000000000": "too large",
    "/bomb/300000000": "too large",
    "/head/1000000": "too large",
    "/loop/1": "redirects",
    "/upgrade": "protocol",
    "/status/503": "http 503",
    "/error-huge": "http 500",
    "/tls": "tls",
    "/refused": "refused",
}
MOST_MEMORY_BYTES = 300e6
REDIRECTS = 31


class Met:
    """What came of a run that met every fault."""

    def __init__(self, folder):
        self.project = Project(folder)
        self.project.write("simulator.yaml", STALLS)
        self.project.write("journeys/visitor.py", MEET_EVERYTHING)
        with RunningServer(folder / "server.log") as server:
            words = ("--host", server.url, "--users", 2, "--iterations", JOURNEYS, "--duration", "60s")
            self.ended = self.project.run("run", *words)
        self.log = server.log()
        self.document = self.project.document()

    def errors(self, step):
        return [row for row in self.document["errors"] if row["step"] == step]


@pytest.fixture(scope="module")
def met(tmp_path_factory):
    return Met(tmp_path_factory.mktemp("met"))


@fault(13, "the target refuses, resets, truncates, breaks TLS or chunking, or answers what is no HTTP",
       "an error class of its own, as often as the server did it, and no way out of the user's loop")  # fmt: skip
@pytest.mark.parametrize("path", CLASSES)
def test_each_way_to_fail_has_its_class_as_often_as_the_server_did_it(met, path):
    [error] = met.errors(path)
    assert (error["class"], error["count"]) == (CLASSES[path], JOURNEYS)
    did = Counter(each.path for each in met.log)[path]
    assert did == {"/refused": 0, "/loop/1": JOURNEYS * REDIRECTS}.get(path, JOURNEYS)


@fault("target", "the target does all of this in turn", "nothing is lost or made up: every request that the server "
       "saw is in the report, the good ones as good, and the run is no pass")  # fmt: skip
def test_the_report_counts_what_the_server_saw(met):
    everything = met.document["series"][0]
    seen = len(met.log) - JOURNEYS * (REDIRECTS - 1) + JOURNEYS  # redirects are one operation; refused ones none of it
    assert (everything["count"], everything["errors"]) == (seen, seen - JOURNEYS)
    assert Counter(each.ending for each in met.log)["200"] == JOURNEYS
    assert met.document["verdict"] != "passed"


@fault(14, "an answer of one byte now and then, for ever", "the deadline is over the whole answer: a timeout, "
       "and the user goes on")  # fmt: skip
def test_a_dripping_answer_ends_with_the_deadline(met):
    dripped = [each for each in met.log if each.place == "drip"]
    assert len(dripped) == JOURNEYS
    assert all(0.9 < each.took_s < 30 for each in dripped)  # the server notices with its next byte


@fault(15, "an answer of 2 GB, without an end, or packed a thousandfold", "read in pieces up to a limit, then an error "
       "`too large`; memory stays bounded")  # fmt: skip
def test_bodies_without_an_end_take_no_memory(met):
    [memory] = [row for row in met.document["readings"] if (row["source"], row["metric"]) == ("generator", "memory")]
    assert memory["max"] < MOST_MEMORY_BYTES
    for path in ("/endless", "/large/2000000000", "/bomb/300000000"):
        assert [error["class"] for error in met.errors(path)] == ["too large"]


@fault(16, "a redirect loop, a megabyte of header fields", "caps (30 redirects, 64 kB of head), each an error class")
def test_redirects_and_heads_are_capped(met):
    assert Counter(each.path for each in met.log)["/loop/1"] == JOURNEYS * REDIRECTS
    assert met.errors("/head/1000000")[0]["class"] == "too large"


@fault(20, "an error text of a megabyte", "kept in pieces: no text of the target is longer in the report than 2 kB")
def test_huge_error_texts_are_cut(met):
    assert all(len(error["message"]) <= 2000 for error in met.document["errors"])
    folder = met.project.runs()[-1]
    assert all(path.stat().st_size < 100_000 for path in (folder / "evidence").iterdir())
    assert (folder / "report.html").stat().st_size < 3_000_000


LIMITED = """
from simulator import ApiUser, constant, journey

class Caller(ApiUser):
    wait_time = constant(0.05)

    @journey
    def call(self):
        self.client.get("/wait/20", name="/wait")
"""


@fault(11, "the target dies in mid-run", "errors are counted, percentiles are of successes alone, the run fails, and "
       "ends by itself after half a minute of nothing else")  # fmt: skip
def test_a_target_that_dies_fails_the_run_and_makes_nothing_faster(patient_project, tmp_path):
    patient_project.write("journeys/caller.py", LIMITED)
    patient_project.write("limits.yaml", "- error_rate < 5%\n- p95 < 10 s\n")
    with RunningServer(tmp_path / "server.log") as server:
        words = ("--host", server.url, "--users", 4, "--duration", "1h", "--thresholds", "limits.yaml")
        process = patient_project.start("run", *words)
        while len(server.log()) < 100:
            time.sleep(0.01)
        server.kill()
        out, err = process.communicate(timeout=120)
    assert process.returncode == 1, out + err
    document = patient_project.document()
    assert [row["text"] for row in document["thresholds"] if "of the last 30 s failed" in row["reason"]]
    everything = document["series"][0]
    good = everything["count"] - everything["errors"]
    assert abs(good - len(server.log())) <= 4  # each user may have had an answer under way when the server was killed
    assert everything["p50_s"] >= 0.02  # refused in no time at all, which made nothing faster
    assert {error["class"] for error in document["errors"]} <= {"refused", "reset"}


@fault(11, "nearly everything fails for 30 s", "the run stops: it would say nothing more. What a phase disturbs on "
       "purpose is meant to fail")  # fmt: skip
def test_a_run_against_a_target_that_stopped_working_ends_early():
    def second(number, *, good, bad):
        window = Window(number)
        for outcome, count in (("ok", good), ("error", bad)):
            for _ in range(count):
                window.cell(KEY).add_ok((0.1,), ()) if outcome == "ok" else window.cell(KEY).failed.add(0.1)
        return window

    looking, meant = Collapse(), Collapse(active=False)
    said = [looking.add(second(n, good=20 if n < 10 else 0, bad=20 if n >= 10 else 0)) for n in range(60)]
    assert [n for n, text in enumerate(said) if text][0] == 38  # by then 29 of the last 30 seconds were all errors
    assert "97%" in said[38] or "96" in said[38]
    assert not any(meant.add(second(n, good=0, bad=20)) for n in range(60))
    assert not any(Collapse().add(second(n, good=2, bad=18)) for n in range(60))
    rare = Collapse()
    assert not any(rare.add(second(n, good=0, bad=n % 2)) for n in range(60))


ALL_WRONG = """
from simulator import ApiUser, constant, journey

class Caller(ApiUser):
    wait_time = constant(0.1)

    @journey
    def call(self):
        self.client.get("/status/500")
"""


@fault("green", "every operation fails, and no threshold was given", "failed, never a pass")
def test_a_run_in_which_nothing_succeeded_is_no_pass_without_thresholds_either(patient_project, target):
    patient_project.write("journeys/caller.py", ALL_WRONG)
    ended = patient_project.run("run", "--host", target.url, "--users", 1, "--duration", "1s")
    assert ended.code == 1, ended.out
    assert "no operation succeeded" in patient_project.document()["reasons"][0]


@fault("green", "one sample", "inconclusive: it says how many more are needed; with --strict exit 4")
def test_one_sample_is_inconclusive(patient_project, target):
    patient_project.write("journeys/caller.py", LIMITED)
    patient_project.write("limits.yaml", "- p95 < 10 s\n")
    words = ("--host", target.url, "--users", 1, "--iterations", 1, "--thresholds", "limits.yaml", "--strict")
    ended = patient_project.run("run", *words)
    [ruling] = [row for row in patient_project.document()["thresholds"] if row["text"] == "p95 < 10 s"]
    assert (ended.code, ruling["result"], ruling["count"]) == (4, "inconclusive", 1)
    assert re.search(r"at least \d+ are needed", ruling["reason"]), json.dumps(ruling)
