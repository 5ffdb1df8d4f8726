"""Which browser is used, and how one is got."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from simulator.engine.browser import browser_for, find_browser, fix_browser
from simulator.engine.browser.locate import SMALL_MEMORY
from simulator.engine.browser.mend import PACKAGE
from simulator.errors import BringUpError
from simulator.plan.cast import Cast, JourneySpec, UserSpec
from simulator.plan.load import ANYONE, Arrivals, Load, Phase
from tests.engine_browser.browser_run import Run
from tests.processes import command

Make = Callable[[str, str], Path]

pytestmark = pytest.mark.usefixtures("_browser")


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def make(name: str, said: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\necho '{said}'\n")
        path.chmod(0o755)
        return path

    return make


def environ(tmp_path: Path, **more: str) -> dict[str, str]:
    return {"PATH": f"{tmp_path}/bin", "HOME": str(tmp_path), **more}


def test_the_headless_shell_comes_before_full_chromium(make: Make, tmp_path: Path):
    make("bin/chromium", "Chromium 150.0.1.2 built on Debian")
    assert find_browser(environ(tmp_path)).description == "Chromium 150.0.1.2, new headless"
    make("bin/chromium-headless-shell", "Chromium 151.0.3.4")
    assert find_browser(environ(tmp_path)).description == "Chromium 151.0.3.4, headless shell"


def test_playwrights_own_comes_first_and_its_newest(make: Make, tmp_path: Path):
    make("bin/chromium-headless-shell", "Chromium 151.0.3.4")
    for revision, version in ((99, "140.0.0.1"), (1200, "152.0.0.1")):
        folder = f".cache/ms-playwright/chromium_headless_shell-{revision}/chrome-linux"
        make(f"{folder}/headless_shell", f"Google Chrome for Testing {version}")
    assert find_browser(environ(tmp_path)).version == "152.0.0.1"


def test_the_variable_wins(make: Make, tmp_path: Path):
    make("bin/chromium-headless-shell", "Chromium 151.0.3.4")
    mine = make("mine/chrome", "Google Chrome 149.0.0.1")
    assert find_browser(environ(tmp_path, SIMULATOR_BROWSER=str(mine))).path == str(mine)


@pytest.mark.parametrize(("said", "words"), [("hello", "--version"), (None, "no executable")])
def test_a_variable_that_names_no_browser_is_an_error(make: Make, tmp_path: Path, said: str | None, words: str):
    path = make("mine/chrome", said) if said else tmp_path / "nothing"
    with pytest.raises(BringUpError, match=words):
        find_browser(environ(tmp_path, SIMULATOR_BROWSER=str(path)))


def test_a_window_needs_full_chromium(make: Make, tmp_path: Path):
    make("bin/chromium-headless-shell", "Chromium 151.0.3.4")
    with pytest.raises(BringUpError):
        find_browser(environ(tmp_path, DISPLAY=":0"), headed=True)
    make("bin/chromium", "Chromium 150.0.1.2")
    assert find_browser(environ(tmp_path), headed=True).mode == "headed"


def test_without_a_browser_the_way_out_is_named(tmp_path: Path):
    with pytest.raises(BringUpError) as raised:
        find_browser(environ(tmp_path))
    assert "doctor --fix" in raised.value.hint


def test_mending_goes_on_to_the_systems_package(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    make("bin/apt-get", "")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    for name in ("SIMULATOR_BROWSER", "PLAYWRIGHT_BROWSERS_PATH", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ(tmp_path).items():
        monkeypatch.setenv(name, value)
    told: list[str] = []

    def run(command, within_s):
        if command[0] != "apt-get":
            return "the network is closed"
        if command[1] == "install" and "running: apt-get update" not in told:
            return "the package is not known"
        if command[1] == "install":
            make("bin/chromium-headless-shell", "Chromium 151.0.3.4")
        return None

    assert fix_browser(told.append, run).version == "151.0.3.4"
    assert "that did not work: the network is closed" in told
    assert told[-1] == "running: apt-get install -y chromium-headless-shell"


def test_mending_that_fails_names_the_one_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("SIMULATOR_BROWSER", raising=False)
    for name, value in environ(tmp_path, XDG_CACHE_HOME=str(tmp_path), PLAYWRIGHT_BROWSERS_PATH="0").items():
        monkeypatch.setenv(name, value)
    with pytest.raises(BringUpError) as raised:
        fix_browser(lambda line: None, lambda command, within_s: "closed")
    assert PACKAGE in raised.value.hint


VISITOR = UserSpec("Visitor", "browser", "shop.py", journeys=(JourneySpec("buy"),))
SHOPPER = UserSpec("Shopper", "api", "shop.py", weight=9, journeys=(JourneySpec("browse"),))


@pytest.mark.parametrize(
    ("phase", "needed"),
    [
        (Phase("steady", 0, 10, users={"Shopper": 4}), False),
        (Phase("steady", 0, 10, users={"Shopper": 4, "Visitor": 1}), True),
        (Phase("steady", 0, 10, users={ANYONE: 10}), True),
        (Phase("steady", 0, 10, arrivals=(Arrivals("browse", 5),)), False),
        (Phase("steady", 0, 10, arrivals=(Arrivals("buy", 5),)), True),
        (Phase("steady", 0, 10, arrivals=(Arrivals(ANYONE, 5),)), True),
    ],
)
def test_a_host_is_there_only_when_browser_users_take_part(phase: Phase, needed: bool):
    assert (browser_for(Cast((SHOPPER, VISITOR)), Load((phase,)), "http://127.0.0.1") is not None) == needed


@pytest.mark.parametrize(("engine", "name"), [("firefox", "Firefox"), ("webkit", "WebKit")])
def test_another_engine_is_playwrights_own_or_an_error_with_the_way_out(tmp_path: Path, engine: str, name: str):
    with pytest.raises(BringUpError, match=f"no {name} here") as raised:
        find_browser(environ(tmp_path), engine=engine)
    assert f"playwright install --with-deps {engine}" in raised.value.hint


def test_another_engine_is_found_in_playwrights_folder(make: Make, tmp_path: Path):
    make(".cache/ms-playwright/firefox-1500/firefox/firefox", "Mozilla Firefox 145.0")
    browser = find_browser(environ(tmp_path), engine="firefox")
    assert (browser.engine, browser.description) == ("firefox", "Firefox 145.0, headless")
    assert browser.arguments == ()


def test_a_full_browser_is_found_by_name_and_runs_without_its_background_features(make: Make, tmp_path: Path):
    with pytest.raises(BringUpError, match="no chrome here"):
        find_browser(environ(tmp_path), channel="chrome")
    make("bin/google-chrome", "Google Chrome 150.0.1.2")
    browser = find_browser(environ(tmp_path), channel="chrome")
    assert browser.description == "Google Chrome 150.0.1.2, new headless"
    assert "--disable-component-extensions-with-background-pages" in browser.arguments


@pytest.mark.parametrize(("free_ratio", "unwanted"), [(0.5, ("--disable-dev-shm-usage",)), (0.01, ())])
def test_shared_memory_is_used_where_there_is_enough_of_it(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_ratio: float, unwanted: tuple[str, ...]
):
    make("bin/chromium", "Chromium 150.0.1.2")
    browser = find_browser(environ(tmp_path))
    free = int(psutil.virtual_memory().total * free_ratio)
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=free))
    assert browser.unwanted == unwanted


def test_where_there_is_no_shared_memory_playwrights_own_way_stays(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    make("bin/chromium", "Chromium 150.0.1.2")
    monkeypatch.setattr("simulator.engine.browser.locate.SHARED_MEMORY", tmp_path / "nothing")
    assert find_browser(environ(tmp_path)).unwanted == ()


def test_a_running_browser_was_given_what_is_wanted_and_not_what_is_unwanted(run: Run):
    here, words = find_browser(), command(run.browser())
    assert set(here.arguments) <= set(words)
    assert (SMALL_MEMORY in words) == (SMALL_MEMORY not in here.unwanted)
