"""Browsers elsewhere, and what ours are started with."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from simulator.engine.browser import find_browser
from simulator.engine.browser.locate import PLAYWRIGHTS_ENABLED, PLAYWRIGHTS_FEATURES
from simulator.errors import BringUpError
from simulator.plan.browser import BrowserOptions
from tests.engine_browser.browser_run import Run
from tests.engine_browser.browser_site import Site
from tests.processes import command, kill


@pytest.fixture
def devtools(tmp_path: Path) -> Iterator[str]:
    browser = find_browser()
    words = [browser.path, *browser.arguments, "--headless", "--remote-debugging-port=0", f"--user-data-dir={tmp_path}"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr:
            if found := re.search(r"DevTools listening on ws://([\d.:]+)/", line):
                break
        family = psutil.Process(process.pid).children(recursive=True)
        yield f"http://{found[1]}"
        process.terminate()
        for left in family:
            kill(left)


def test_a_browser_over_devtools_is_used_and_left_running(devtools: str, site: Site):
    run = Run(site.url, each={"Visitor": BrowserOptions(url=devtools)}).start()
    try:
        assert not run.browsers()
        run.go("read")
        assert run.outcomes("journey") == {"read": "ok"}, run.window.failures
    finally:
        run.host.stop(0)


def test_a_browser_elsewhere_that_is_not_there_is_named(site: Site):
    run = Run(site.url, each={"Visitor": BrowserOptions(url="ws://127.0.0.1:9")})
    with pytest.raises(BringUpError, match="ws://127.0.0.1:9 cannot be reached"):
        run.start()


def test_what_playwright_switches_off_and_on_stays_so(site: Site):
    from playwright.sync_api import sync_playwright

    browser = find_browser()
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=browser.path, args=["--no-sandbox"])
        words = [word for process in psutil.Process().children(recursive=True) for word in command(process)]
        running.close()
    for flag, known in (("--disable-features=", PLAYWRIGHTS_FEATURES), ("--enable-features=", PLAYWRIGHTS_ENABLED)):
        theirs = next(word for word in words if word.startswith(flag)).removeprefix(flag).split(",")
        assert set(theirs) <= set(known), f"a newer Playwright has more of {flag}: add it to our list"
