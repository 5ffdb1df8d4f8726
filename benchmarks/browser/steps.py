"""How long steps take: beside plain Playwright, and with many API requests in the same worker."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.browser.peer import ROOT, SCRIPTS
from benchmarks.browser.shop import Shop
from benchmarks.engine.target import Target
from simulator.engine.browser import BrowserHost
from simulator.plan.browser import BrowserOptions
from simulator.plan.cast import UserSpec
from simulator.record.recorder import Recorder

STEPS = ("open the shop", "find a lamp", "look at it", "pay")
RATE = 500
PAUSE_S = 0.3
"""Between two journeys, as in `scripts/mixed.py`."""

MOST_RATIO, MOST_S, MOST_BESIDE = 0.05, 0.005, 0.10

Times = dict[str, list[float]]


def idle(browser: str, rounds: int, tell: Callable[[str], None]) -> str:
    """One user by itself, in turns with a plain script."""
    from playwright.sync_api import sync_playwright

    plain: Times = defaultdict(list)
    ours: Times = defaultdict(list)
    os.environ["SIMULATOR_BROWSER"] = browser
    with Shop() as shop, sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        recorder = Recorder()
        visitor = UserSpec("Visitor", "browser", str(SCRIPTS / "ours.py"))
        host = BrowserHost([visitor], shop.host, {"Visitor": BrowserOptions(trace="off")})
        host.start(recorder)
        try:
            for turn in range(rounds + 5):
                for kept, times in ((plain, _plain(running, shop.host)), (ours, _ours(host, recorder))):
                    for name, took_s in times.items() if turn >= 5 else ():  # what comes before warms them up
                        kept[name].append(took_s)
        finally:
            host.stop(0)
            running.close()
    tell(f"  {rounds} journeys each")
    first, second = ("plain Playwright", plain), ("simulator", ours)
    return _table(first, second, lambda a, b: b - a <= max(MOST_S, MOST_RATIO * a))


def beside(browser: str, rounds: int, seconds: float, tell: Callable[[str], None]) -> str:
    """One user with and without API requests from the same worker, and plain Playwright with the machine to itself."""
    from playwright.sync_api import sync_playwright

    plain: Times = defaultdict(list)
    alone: Times = defaultdict(list)
    loaded: Times = defaultdict(list)
    with Shop() as shop, Target() as target, sync_playwright() as playwright:
        ways = [
            (plain, lambda: _plain_for(playwright, browser, shop.host, seconds)),
            (alone, lambda: _run(shop.host, f"{target.host}/small", 0, seconds, browser)),
            (loaded, lambda: _run(shop.host, f"{target.host}/small", RATE, seconds, browser)),
        ]
        for turn in range(rounds):
            for times, go in ways if turn % 2 == 0 else reversed(ways):
                for name, p50_s in go().items():
                    times[name].append(p50_s)
            last = (f"{times[n][-1] * 1000:.0f}" for times, _ in ways for n in STEPS)
            tell(f"  {turn + 1}/{rounds}, ms: {' '.join(last)}")
    first, second = ("plain Playwright", plain), (f"simulator beside {RATE}/s", loaded)
    judged = _table(first, second, lambda a, b: b <= a * (1 + MOST_BESIDE) or b - a <= MOST_S)
    medians = ", ".join(f"{name} {statistics.median(alone[name]) * 1000:.1f} ms" for name in STEPS)
    return f"{judged}\n\nWithout the API requests: {medians}."


def _plain_for(playwright: Any, browser: str, host: str, seconds: float) -> dict[str, float]:
    """p50 of each step in so many seconds of plain Playwright, with the pauses of the others."""
    found: Times = defaultdict(list)
    running = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
    ends_s = time.monotonic() + seconds
    while time.monotonic() < ends_s:
        for name, took_s in _plain(running, host).items():
            found[name].append(took_s)
        time.sleep(PAUSE_S)
    running.close()
    return {name: statistics.median(times) for name, times in found.items()}


def _plain(browser: Any, host: str) -> dict[str, float]:
    """The same steps without us."""
    context = browser.new_context(base_url=host, viewport={"width": 1280, "height": 720})
    page = context.new_page()
    found, began_s = {}, time.monotonic()
    for name, act in zip(STEPS, (_open, _find, _look, _pay), strict=True):
        act(page)
        found[name], began_s = time.monotonic() - began_s, time.monotonic()
    context.close()
    return found


def _ours(host: BrowserHost, recorder: Recorder) -> dict[str, float]:
    host.run("Visitor", 0, "buy")
    cells = recorder.fold(0).cells
    return {key.step: cell.ok.sum_s for key, cell in cells.items() if key.level == "step" and cell.ok.count}


def _open(page: Any) -> None:
    page.goto("/")
    page.get_by_role("heading", name="lamp").first.wait_for()


def _find(page: Any) -> None:
    page.get_by_label("Search").fill("lamp")
    page.get_by_text("products for “lamp”").wait_for()


def _look(page: Any) -> None:
    page.get_by_role("list", name="Products").get_by_role("link", name="Pebble table lamp").click()
    page.get_by_role("heading", name="Pebble table lamp").wait_for()


def _pay(page: Any) -> None:
    page.get_by_role("button", name="Buy").click()
    page.get_by_text("Thank you").wait_for()


def _run(host: str, ping: str, rate: int, seconds: float, browser: str) -> dict[str, float]:
    """p50 of each step in a run of our own."""
    words = ["run", str(SCRIPTS / "mixed.py"), "--host", host, "--users", "Visitor=1", "--duration", f"{seconds:g}s"]
    words += ["--rate", f"Ping={rate}/s"] if rate else []
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PING": ping, "SIMULATOR_BROWSER": browser}
    with tempfile.TemporaryDirectory(prefix="benchmark-steps-") as folder:
        command = [sys.executable, "-m", "simulator", *words, "--quiet", "--out", folder]
        ended = subprocess.run(command, capture_output=True, text=True, check=False, env=env, cwd=folder)
        document = next(iter(Path(folder).glob("*/run.json")), None)
        if document is None:
            raise RuntimeError(ended.stdout + ended.stderr)
        series = json.loads(document.read_text())["series"]
    wanted = [row for row in series if row["level"] == "step" and row["phase"] is None and row["step"] in STEPS]
    return {row["step"]: row["p50_s"] for row in wanted}


def _table(
    first: tuple[str, Mapping[str, Sequence[float]]],
    second: tuple[str, Mapping[str, Sequence[float]]],
    holds: Callable[[float, float], bool],
) -> str:
    lines = [f"| step, median of {len(first[1][STEPS[0]])} | {first[0]} | {second[0]} | difference | |",
             "|---|---|---|---|---|"]  # fmt: skip
    for name in STEPS:
        before, after = statistics.median(first[1][name]), statistics.median(second[1][name])
        verdict = "holds" if holds(before, after) else "missed"
        lines.append(f"| {name} | {before * 1000:.1f} ms | {after * 1000:.1f} ms | {(after - before) * 1000:+.1f} ms, "
                     f"{after / before - 1:+.1%} | {verdict} |")  # fmt: skip
    return "\n".join(lines)
