"""The load generator itself: too slow, asleep, its clock set, or drowned in names and errors."""

import random
import shutil
import subprocess
import time
from collections import Counter
from pathlib import Path

import psutil
import pytest

from simulator.record.recorder import MOST_FAILURE_KINDS, MOST_SERIES, OTHER, Recorder
from simulator.record.sample import SeriesKey

fault = pytest.mark.fault
HOUR_S = 3600

CALL = """
from simulator import ApiUser, constant, journey

class Caller(ApiUser):
    wait_time = constant(0)

    @journey
    def call(self):
        self.client.get("/wait/20", name="/wait")
"""
LIMITS = "- p95 < 5 ms\n- error_rate < 1%\n"
PROFILE = "profiles: {p: {rate: 20/s, duration: 5s, thresholds: limits.yaml}}\nprofile: p\n"


@pytest.fixture
def caller(project):
    project.write("journeys/caller.py", CALL)
    project.write("limits.yaml", LIMITS)
    project.write("simulator.yaml", PROFILE)
    return project


def broken_checks(document):
    return [row["check"] for row in document["validity"] if not row["ok"]]


@fault(18, "the load generator gets one tenth of a core", "the run is `invalid`, exit 4: never a pass, and not the "
       "target's failure")  # fmt: skip
def test_a_generator_that_is_too_slow_blames_itself(caller, target):
    process = caller.start("run", "--host", target.url)
    while len(target.log()) < 5:
        time.sleep(0.01)
    generator = psutil.Process(process.pid)
    while process.poll() is None:  # of each half second it gets a twentieth
        generator.suspend()
        time.sleep(0.45)
        generator.resume()
        time.sleep(0.05)
    out, err = process.communicate()
    document = caller.document()
    assert (process.returncode, document["verdict"]) == (4, "invalid"), err
    assert "loop lag" in broken_checks(document)
    assert "generator" in document["reasons"][0]


@fault(17, "the machine stands still for some seconds and goes on", "the gap is marked, and a run of which it is more "
       "than 1% is `invalid`: what it made slow is not the target's doing")  # fmt: skip
def test_a_machine_that_stood_still_is_marked(caller, target):
    process = caller.start("run", "--host", target.url)
    while len(target.log()) < 20:
        time.sleep(0.01)
    generator = psutil.Process(process.pid)
    generator.suspend()
    time.sleep(2)
    generator.resume()
    out, err = process.communicate(timeout=60)
    document = caller.document()
    assert (process.returncode, document["verdict"]) == (4, "invalid"), err
    assert "stalls" in broken_checks(document)
    assert document["duration_s"] < 60


@fault(17, "the time of day jumps by an hour in mid-run", "durations are right (they come from a clock that nobody "
       "sets), and the run is marked: `invalid`")  # fmt: skip
def test_a_clock_that_jumps_changes_no_duration(caller, target, tmp_path, monkeypatch):
    if not shutil.which("cc"):
        pytest.skip("no C compiler to set a process's clock with")
    library, jump = tmp_path / "jump.so", tmp_path / "jump"
    source = Path(__file__).with_name("jump.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    monkeypatch.setenv("LD_PRELOAD", str(library))
    monkeypatch.setenv("JUMP", str(jump))
    caller.write("simulator.yaml", PROFILE.replace("5s,", "5s, validity: {loop_lag: 60s},"))
    process = caller.start("run", "--host", target.url)
    while len(target.log()) < 40:
        time.sleep(0.01)
    jump.touch()
    out, err = process.communicate(timeout=60)
    document = caller.document()
    everything = document["series"][0]
    assert (process.returncode, document["verdict"]) == (4, "invalid"), err
    assert broken_checks(document) == ["clock"]
    assert everything["count"] + everything["cut_off"] == len(target.log()) == 100
    assert everything["max_s"] < HOUR_S / 60
    assert document["duration_s"] < HOUR_S / 60
    assert document["phases"][0]["end_s"] == pytest.approx(5, abs=1)


DROWN = """
import random
from simulator import ApiUser, check, constant, journey

def word():
    return "".join(random.choices("abcdefghijklmnop", k=9)) + "-lamp"

class Drowner(ApiUser):
    wait_time = constant(0)

    @journey
    def look(self):
        self.client.get(f"/by-word/{word()}")

    @journey
    def complain(self):
        with self.step("complain"):
            self.client.get("/complain")
            check(False, f"nobody knows {word()}, {word()} and {word()}")
"""


@fault(19, "endless series: a new name for each request", "folded into `(other)` beyond 500, with a warning that names "
       "the pattern and the cure; every request still counts")  # fmt: skip
@fault(20, "a flood of errors of which each is new", "100 kinds are kept apart, the rest is counted by class; counts "
       "are exact")  # fmt: skip
def test_endless_names_and_errors_fold_with_a_warning_and_count_exactly(patient_project, target):
    patient_project.write("journeys/drowner.py", DROWN)
    ended = patient_project.run("run", "--host", target.url, "--users", 4, "--iterations", 3000, "--duration", "60s")
    document, asked = patient_project.document(), Counter(each.place for each in target.log())
    everything = document["series"][0]
    assert (
        (everything["count"], everything["errors"]) == (asked.total(), asked["complain"]) == (3000, asked["complain"])
    )
    assert len({row["name"] for row in document["series"]}) <= MOST_SERIES + 2
    assert len(document["errors"]) <= MOST_FAILURE_KINDS + 1
    assert sum(row["count"] for row in document["errors"] if row["step"] == "complain") >= asked["complain"]
    [names, errors] = [note for note in document["notes"] if note.startswith("more than")]
    assert "'GET /by-word/{…}'" in names
    assert "name=" in names
    assert "kinds of errors" in errors
    assert names.split(":")[0] in ended.out


@fault(
    7,
    "half a million names and fifty thousand error texts in one process",
    "memory grows by what is kept apart, not by what comes",
)
def test_half_a_million_names_and_errors_take_no_more_memory_than_the_first_thousands():
    recorder, rng, process = Recorder(), random.Random(1), psutil.Process()
    recorder.begin(recorder.clock(), "steady")

    def drown(count):
        for number in range(count):
            text = f"{rng.getrandbits(64):x}zz"
            recorder.buffer(key(text)).now.times_s.append(0.01)
            if number % 10 == 0:
                recorder.fail(key("GET /"), "author", f"nobody knows {text}")
        return recorder.fold(0)

    def key(name):
        return SeriesKey("operation", "U", "j", "s", name, "http", "")

    drown(10_000)
    before = process.memory_info().rss
    for _ in range(5):
        window = drown(100_000)
        assert sum(cell.ok.count for cell in window.cells.values()) == 100_000
    assert len(window.cells) <= MOST_SERIES + 2
    assert any(series.name == OTHER for series in window.cells)
    assert process.memory_info().rss - before < 30e6
