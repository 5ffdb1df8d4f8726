"""The browser host when something dies, and when it has to end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from simulator.engine.browser import BrowserHost
from simulator.engine.browser.locate import Browser
from simulator.engine.browser.scratch import PREFIX
from simulator.engine.browser.wire import DEATHS
from simulator.errors import BringUpError
from simulator.monitor.validity import validity_of
from simulator.plan.cast import UserSpec
from simulator.record.manifest import Manifest
from simulator.record.measurements import Measurements
from simulator.record.sample import PhaseSpan, Reading
from simulator.record.window import Window
from tests.engine_browser.browser_run import VISITOR, Run
from tests.engine_browser.browser_site import Site
from tests.processes import command, kill

OwnRun = Callable[..., Run]
GONE_WITHIN_S = 15


def left_of(processes: list[psutil.Process]) -> list[psutil.Process]:
    gone, left = psutil.wait_procs(processes, timeout=GONE_WITHIN_S)
    return [process for process in left if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


def waiting(run: Run, site: Site, number: int = 0):
    """A journey that waits in its second step for an answer that never comes."""
    site.forget("/never")
    thread = run.set_out("wait", number)
    assert site.reached("/never").acquire(timeout=30)
    return thread


@pytest.mark.fault(9, "Chromium is killed", "its journeys fail with the reason, the next ones get a fresh browser")
def test_a_killed_browser_fails_its_journeys_and_the_next_one_works(own_run: OwnRun, site: Site):
    run = own_run().start()
    journey = waiting(run, site)
    run.browser().kill()
    journey.join(30)
    run.look()
    assert run.outcomes("step") == {"open": "ok", "wait": "error"}
    assert run.outcomes("journey") == {"wait": "error"}
    assert run.failure("browser").key.step == "wait"
    run.go("read")
    assert run.outcomes("journey") == {"read": "ok"}


@pytest.mark.fault(9, "the browser's driver is killed", "likewise, and nothing of the old one is left")
def test_a_killed_driver_fails_its_journeys_and_the_host_starts_again(own_run: OwnRun, site: Site):
    run = own_run().start()
    first, family = run.host.pid, run.family()
    journey = waiting(run, site)
    run.driver().kill()
    journey.join(30)
    run.look()
    assert run.outcomes("step") == {"open": "ok", "wait": "error"}
    assert run.failure("browser").key.step == "wait"
    run.go("read")
    assert run.outcomes("journey") == {"read": "ok"}
    assert run.host.pid != first
    assert not left_of(family)


@pytest.mark.fault(9, "the browser host is killed", "likewise")
def test_a_killed_host_fails_its_journeys_and_is_started_again(own_run: OwnRun, site: Site):
    run = own_run().start()
    family = run.family()
    journey = waiting(run, site)
    os.kill(run.host.pid, signal.SIGKILL)
    journey.join(30)
    run.look()
    assert run.outcomes("journey") == {"wait": "error"}
    assert "died" in run.failure("browser").message
    run.go("read")
    assert run.outcomes("journey") == {"read": "ok"}
    assert not left_of(family)


def deaths_among(readings: list[Reading]) -> float:
    return sum(reading.value for reading in readings if reading.metric == DEATHS)


def read_until_deaths(run: Run, readings: list[Reading], deaths: int) -> None:
    """Journeys until so many deaths are known and a browser is there again; others may meet what has just died."""
    for _ in range(50):
        readings += run.go("read").readings
        if deaths_among(readings) >= deaths and run.outcomes("journey") == {"read": "ok"}:
            break


@pytest.mark.fault(9, "browsers, drivers or hosts die more than three times a minute", "`invalid`; one death only "
                   "fails its journeys, and a browser that is replaced has not died")  # fmt: skip
def test_each_death_of_a_browser_a_driver_or_a_host_is_counted_and_too_many_make_the_run_invalid(own_run: OwnRun):
    run, readings = own_run().start(), []
    killed = (run.browser, run.browser, run.driver, lambda: psutil.Process(run.host.pid))
    for deaths, find in enumerate(killed, 1):
        run.go("read")
        kill(find())
        read_until_deaths(run, readings, deaths)
        assert deaths_among(readings) == deaths
        assert invalid_for(readings) == (["browser deaths"] if deaths > 3 else [])
    run.host.stop(0)
    assert deaths_among(readings + run.look().readings) == len(killed)


def invalid_for(readings: list[Reading]) -> list[str]:
    """The checks on browsers that these readings fail, their lateness aside."""
    measurements = Measurements()
    measurements.begin_phase(PhaseSpan("steady", 0.0, None, True))
    window = Window(int(max((reading.at_s for reading in readings), default=0.0)))
    window.readings = [reading for reading in readings if reading.metric == DEATHS]
    measurements.add(window)
    found = validity_of(measurements, Manifest("run", "build", "", ""), {"how": "finished"})
    return [check.check for check in found if not check.ok]


@pytest.mark.fault(
    8,
    "the process of a page is killed",
    "its journey fails with the reason, others go on, the user comes back in a fresh context",
)
def test_a_crashed_page_fails_its_journey_and_no_other(own_run: OwnRun, site: Site):
    run = own_run().start()
    before = set(run.renderers())
    journey = waiting(run, site)
    crashed = set(run.renderers()) - before
    other = waiting(run, site, 1)
    for renderer in crashed:
        kill(renderer)
    journey.join(30)
    run.look()
    assert run.outcomes("step")["wait"] == "error"
    assert "crashed" in run.failure("browser").message
    assert other.is_alive()
    run.go("read")
    assert run.outcomes("journey") == {"read": "ok"}


def test_stop_cuts_off_what_does_not_end_and_leaves_nothing_and_nothing_begins_after_it(own_run: OwnRun, site: Site):
    run = own_run().start()
    family = run.family()
    journey = waiting(run, site)
    run.host.stop(0)
    journey.join(30)
    run.look()
    assert run.outcomes("step") == {"open": "ok", "wait": "cut off"}
    assert run.outcomes("journey") == {"wait": "cut off"}
    assert not run.window.failures
    assert not left_of(family)
    assert run.host.pid is None
    run.go("read")
    assert run.outcomes("journey") == {"read": "cut off"}


def test_stop_lets_journeys_finish_and_users_say_goodbye(
    own_run: OwnRun, site: Site, capfd: pytest.CaptureFixture[str]
):
    run = own_run().start()
    run.go("look_around", number=3)
    run.host.release("Visitor", 3)
    site.forget("/")
    journey = run.set_out("read")
    assert site.reached("/").acquire(timeout=30)
    run.host.stop(60)
    journey.join(30)
    run.look()
    assert run.outcomes("journey") == {"read": "ok"}
    assert capfd.readouterr().out.splitlines() == ["user 3 left", "user 0 left"]


@pytest.mark.fault(31, "browsers send credentials in headers", "they stand in no process list")
def test_credentials_of_browsers_are_on_no_command_line(own_run: OwnRun):
    run = own_run(headers={"Authorization": "Bearer c4nary"}).start()
    run.go("read")
    commands = [words for process in run.family() if (words := command(process))]
    assert len(commands) > 3
    assert not [word for words in commands for word in words if "c4nary" in word]


@pytest.mark.fault(9, "everything that has browsers is killed (`kill -9`)", "the next start takes away what they had "
                   "put aside; whoever ends leaves nothing")  # fmt: skip
def test_nothing_that_browsers_put_aside_stays(own_run: OwnRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    left = tmp_path / f"{PREFIX}{dead.stdout.strip()}-x"
    (left / "playwright-artifacts").mkdir(parents=True)
    run = own_run().start()
    run.go("read")
    assert not left.exists()
    [scratch] = tmp_path.iterdir()
    assert list(scratch.iterdir())
    for process in run.family():
        kill(process)
    run.host.stop(0)
    assert not list(tmp_path.iterdir())


@pytest.mark.fault(9, "the process that has browsers is killed", "no browser, driver or host outlives it")
def test_nothing_outlives_a_killed_parent(site: Site):
    words = [sys.executable, str(Path(__file__).with_name("parent.py")), site.url]
    site.forget("/never")
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=env) as parent:
        host = psutil.Process(int(parent.stdout.readline()))
        family = [host, *host.children(recursive=True)]
        assert site.reached("/never").acquire(timeout=30)
        parent.kill()
    assert len(family) > 3
    assert not left_of(family)


def test_a_browser_that_does_not_start_is_named(site: Site):
    broken = Browser("/bin/false", "Chromium", "1.0", "headless shell", sandbox=False)
    host = BrowserHost([VISITOR], site.url, browsers={"Visitor": broken})
    with pytest.raises(BringUpError, match="/bin/false does not start") as raised:
        host.start(Run(site.url).recorder)
    assert "doctor" in raised.value.hint
    assert host.pid is None


def test_a_journey_file_that_does_not_import_is_named(site: Site, tmp_path: Path):
    file = tmp_path / "broken.py"
    file.write_text("import simulator\nraise RuntimeError('only here')\n")
    host = BrowserHost([UserSpec("Visitor", "browser", str(file))], site.url)
    with pytest.raises(BringUpError, match="broken.py cannot be imported") as raised:
        host.start(Run(site.url).recorder)
    assert "only here" in raised.value.detail


@pytest.mark.fault(8, "a page crashes by itself", "likewise")
def test_a_page_that_crashes_by_itself_fails_its_journey(run: Run):
    run.go("crash")
    assert run.outcomes("step") == {"open": "ok", "crash": "error"}
    assert "crashed" in run.failure("browser").message
    run.go("read")
    assert run.outcomes("journey") == {"read": "ok"}


def test_alerts_windows_and_downloads_hold_up_nobody_and_leave_no_page(run: Run):
    run.go("be_pestered")
    assert run.outcomes("journey") == {"be_pestered": "ok"}, run.window.failures
    gone, left = psutil.wait_procs(run.renderers(), timeout=GONE_WITHIN_S)
    assert not left


def test_a_page_that_polls_for_ever_is_not_waited_for(run: Run):
    run.go("poll")
    assert run.outcomes("journey") == {"poll": "ok"}


@pytest.mark.fault(8, "a page computes for ever", "a timeout of its step; others go on")
def test_a_page_that_computes_for_ever_fails_its_journey_and_no_other(run: Run):
    run.go("spin")
    assert run.outcomes("step") == {"open": "ok", "touch": "error"}
    assert run.failure("timeout").key.step == "touch"
    run.go("read")
    assert run.outcomes("journey") == {"read": "ok"}


def test_a_journey_that_waits_for_a_script_without_an_end_is_ended(own_run: OwnRun):
    run = own_run(journey_timeout_s=2.0).start()
    run.go("spin_for_ever")
    assert run.outcomes("journey") == {"spin_for_ever": "error"}
    assert "no end after 2 s" in run.failure("timeout").message
    run.go("read")
    assert run.outcomes("journey") == {"read": "ok"}


def test_a_page_that_eats_memory_until_it_dies_fails_its_journey_and_no_other(run: Run):
    run.go("feed_a_page")
    assert run.outcomes("step") == {"open": "ok", "wait": "error"}
    assert "crashed" in run.failure("browser").message
    run.go("read")
    assert run.outcomes("journey") == {"read": "ok"}


def test_stop_ends_a_page_that_computes_for_ever_and_leaves_nothing(own_run: OwnRun, site: Site):
    run = own_run().start()
    family = run.family()
    site.forget("/spins")
    journey = run.set_out("spin_for_ever")
    assert site.reached("/spins").acquire(timeout=30)
    family += run.renderers()
    run.host.stop(0)
    journey.join(30)
    run.look()
    assert run.outcomes("journey") == {"spin_for_ever": "cut off"}
    assert not left_of(family)


def test_a_browser_is_replaced_after_so_many_journeys(own_run: OwnRun):
    run = own_run(recycle_journeys=2).start()
    first = run.browser()
    for _ in range(3):
        run.go("read")
        assert run.outcomes("journey") == {"read": "ok"}
        assert not deaths_among(run.window.readings)
    assert not left_of([first])
    assert run.browser().pid != first.pid
    run.host.stop(5)
    assert not deaths_among(run.look().readings)


@pytest.mark.fault(9, "a browser leaks", "it is replaced beyond a limit on its memory")
def test_a_browser_that_takes_too_much_memory_is_replaced(own_run: OwnRun):
    run = own_run(recycle_bytes=1.0).start()
    first = run.browser()
    while first.is_running() and first.status() != psutil.STATUS_ZOMBIE:
        run.go("read")
        assert run.outcomes("journey") == {"read": "ok"}
        assert not deaths_among(run.window.readings)
    run.go("read")
    assert run.outcomes("journey") == {"read": "ok"}
    assert not deaths_among(run.window.readings)
