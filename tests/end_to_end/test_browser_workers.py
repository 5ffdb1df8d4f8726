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
