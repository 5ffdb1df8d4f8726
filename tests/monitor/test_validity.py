import subprocess
import sys
from dataclasses import replace

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


def dying(*deaths, most=3):
    """The check on browsers that died so many times in these seconds of a run with browsers."""
    made = measured("browser_lag", [0.01] * 200)
    for at_s, times in deaths:
        window = Window(int(at_s))
        window.readings.append(Reading("generator", "browser_deaths", "", at_s, times))
        made.add(window)
    return check("browser deaths", made, replace(MANIFEST, most_browser_deaths=most), FINISHED)


@pytest.mark.parametrize(
    ("deaths", "ok", "worst"),
    [
        ([], True, 0),
        ([(10.0, 1.0)], True, 1),
        ([(10.0, 1.0), (20.0, 1.0), (69.0, 1.0)], True, 3),
        ([(10.0, 1.0), (20.0, 1.0), (30.0, 1.0), (70.0, 1.0)], True, 3),
        ([(69.0, 1.0), (10.0, 1.0), (30.0, 1.0), (20.0, 1.0)], False, 4),
        ([(10.0, 2.0), (50.0, 2.0)], False, 4),
        ([(second, 1.0) for second in range(10, 200, 20)], True, 3),
    ],
)
def test_more_than_three_browser_deaths_within_any_minute_make_the_run_invalid(deaths, ok, worst):
    found = dying(*deaths)

    assert (found.ok, found.value) == (ok, worst)


def test_the_reason_says_how_often_browsers_died_and_what_to_do():
    assert dying().reason == "no browser died"
    assert dying((10.0, 1.0)).reason == "one browser died"
    found = dying((10.0, 2.0), (50.0, 2.0), (150.0, 1.0))
    assert found.reason == (
        "browsers died 5 times, 4 of them within one minute: what failed then is not the target's doing; "
        "give this machine fewer browser users, or more memory"
    )


def test_a_profile_may_allow_more_deaths_and_warm_up_deaths_do_not_count():
    assert dying((10.0, 4.0), most=4).ok
    assert dying((1.0, 9.0)).ok


def test_nothing_is_said_of_deaths_where_no_browser_was():
    assert not [found for found in validity_of(Measurements(), MANIFEST, FINISHED) if found.check == "browser deaths"]
