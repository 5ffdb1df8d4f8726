import subprocess
import sys

import psutil
import pytest

from simulator.monitor.machine import machine, versions
from simulator.monitor.process_tree import ProcessTree, machine_readings
from simulator.monitor.validity import validity_of
from simulator.record.manifest import Manifest
from simulator.record.measurements import Measurements
from simulator.record.sample import PhaseSpan, Reading
from simulator.record.window import Window

MANIFEST = Manifest("run", "build", "2026-01-01T00:00:00+00:00", "http://127.0.0.1")
FINISHED = {"how": "finished", "reason": "", "duration_s": 10.0}


def measured(metric, values):
    made = Measurements()
    made.phases = [PhaseSpan("warm-up", 0.0, 5.0, False), PhaseSpan("steady", 5.0, 5.0 + len(values), True)]
    for second, value in enumerate(values):
        window = Window(5 + second)
        window.readings.append(Reading("generator", metric, "s", 5.5 + second, value))
        made.add(window)
    return made


def check(name, *arguments):
    return next(found for found in validity_of(*arguments) if found.check == name)


def test_a_run_that_was_killed_is_not_complete():
    found = check("complete", Measurements(), MANIFEST, None)

    assert not found.ok
    assert "killed" in found.reason


def test_a_finished_run_is_complete():
    assert check("complete", Measurements(), MANIFEST, FINISHED).ok


@pytest.mark.parametrize(("values", "ok"), [([0.01] * 100, True), ([0.01] * 85 + [0.5] * 15, True),
                                            ([0.01] * 75 + [0.5] * 25, False), ([0.3], False)])  # fmt: skip
@pytest.mark.fault(18, "the event loop is late most of the time", "`invalid`")
def test_a_late_event_loop_makes_the_run_invalid(values, ok):
    assert check("loop lag", measured("loop_lag", values), MANIFEST, FINISHED).ok is ok


def test_what_happens_in_the_warm_up_does_not_count():
    late = measured("loop_lag", [0.01] * 10)
    window = Window(1)
    window.readings += [Reading("generator", "loop_lag", "s", 1.5, 9.0)] * 50
    late.add(window)

    assert check("loop lag", late, MANIFEST, FINISHED).ok


def test_starts_that_are_late_because_of_the_generator_make_the_run_invalid():
    assert not check("start lag", measured("start_lag", [0.4] * 10), MANIFEST, FINISHED).ok
    assert check("start lag", measured("start_lag", [0.004] * 10), MANIFEST, FINISHED).ok


BUSY_CHILD = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "print(flush=True)\\nwhile True: pass"], stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
time.sleep(600)
"""


def test_a_process_tree_counts_its_children():
    parent = subprocess.Popen([sys.executable, "-c", BUSY_CHILD], stdout=subprocess.PIPE, text=True)
    child = psutil.Process(int(parent.stdout.readline()))
    tree = ProcessTree("shop", parent.pid)
    try:
        first = {reading.metric: reading.value for reading in tree.read(0.0)}
        spent_s = sum(child.cpu_times()[:2])
        while sum(child.cpu_times()[:2]) < spent_s + 0.2:
            pass
        second = {reading.metric: reading.value for reading in tree.read(1.0)}
    finally:
        parent.kill()
        child.kill()
        parent.communicate()

    assert set(first) == {"memory"}
    assert second["cpu"] >= 0.19
    assert second["memory"] > 1e6


def test_an_ended_process_has_no_readings():
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()

    assert ProcessTree("gone", ended.pid).read(0.0) == []


def test_machine_and_versions_say_what_the_generator_ran_on():
    assert machine()["cores"] >= 1
    assert {"python", "locust", "playwright"} <= set(versions())
    assert {reading.metric for reading in machine_readings(0.0)} == {"cpu", "memory"}
