"""Browser users are spread over workers like all others."""

import pytest

JOURNEYS = """
import os
from pathlib import Path
from simulator import BrowserUser, constant, journey

class Visitor(BrowserUser):
    wait_time = constant(0.1)

    @journey
    def look(self, page):
        page.goto("/")
        Path("hosts", str(os.getpid())).touch()
"""
DIES = """
import psutil
from simulator import BrowserUser, constant, journey
from tests.processes import command, kill

class Visitor(BrowserUser):
    wait_time = constant(0)

    @journey
    def die(self, page):
        page.goto("/page/0")
        for process in psutil.Process().children(recursive=True):
            if "--remote-debugging-pipe" in command(process):
                kill(process)
        page.goto("/page/0")
"""
SETTINGS = "profiles: {spread: {users: 2, duration: 4s, validity: {loop_lag: 60s, browser_wait: 100%}}}\n"


@pytest.mark.browser
def test_each_worker_with_browser_users_has_a_browser_host(project, target, browser):
    project.write("journeys/look.py", JOURNEYS)
    project.write("simulator.yaml", SETTINGS)
    (project.folder / "hosts").mkdir()
    ended = project.run("run", "--profile", "spread", "--workers", "2", "--host", target.url)

    assert ended.code in (0, 4), ended.out + ended.err
    assert len(list((project.folder / "hosts").iterdir())) == 2
    journeys = [row for row in project.document()["series"] if row["level"] == "journey" and row["phase"] is None]
    assert journeys[0]["count"] >= 2


@pytest.mark.browser
@pytest.mark.fault(9, "browsers die again and again, also on workers", "the run is `invalid` and says how many died")
@pytest.mark.parametrize("words", [(), ("--workers", "1")])
def test_a_run_whose_browsers_die_again_and_again_is_invalid(patient_project, target, browser, words):
    patient_project.write("journeys/die.py", DIES)
    load = ("--users", "1", "--iterations", "10", "--duration", "2m")
    patient_project.run("run", *load, "--host", target.url, *words)

    document = patient_project.document()
    [found] = [check for check in document["validity"] if check["check"] == "browser deaths"]
    assert not found["ok"]
    assert found["value"] > 3
    assert "of them within one minute" in found["reason"]
    assert {row["class"] for row in document["errors"]} == {"browser"}
    assert document["verdict"] == "invalid"
