"""What of a journey's cost is ours: single journeys in turns, so that the machine's changing speed hits all alike."""

from __future__ import annotations

import asyncio
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

from benchmarks.browser.group import Group
from benchmarks.browser.peer import ROOT
from benchmarks.browser.shop import Shop
from benchmarks.browser.spent import Spent

PLAIN = "plain Playwright"
FLAGS = "with our arguments for the browser"
COLLECTING = "… and all that is collected"
TRACED = "… and a Playwright trace"
PARTS = (PLAIN, FLAGS, COLLECTING, TRACED)
WARM = 5
SETTLED_S = 0.15
"""A browser goes on for a moment after a context was closed."""


def measure(browser: str, rounds: int, tell: Callable[[str], None]) -> str:
    """Markdown: CPU of one journey, part by part, and by how much more than the part before it costs."""
    spent: dict[str, list[Spent]] = {part: [] for part in PARTS}
    with Shop() as shop, Group() as group:
        words = group.command([sys.executable, "-m", "benchmarks.browser.parts", shop.host, browser])
        with subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            for turn in range(-WARM, rounds):
                for part in random.sample(PARTS, len(PARTS)):
                    before = Spent.by(group, process.pid)
                    print(PARTS.index(part), file=process.stdin, flush=True)
                    if not process.stdout.readline():
                        raise RuntimeError("the journeys ended by themselves")
                    if turn >= 0:
                        spent[part].append(Spent.by(group, process.pid) - before)
                if turn % 10 == 0:
                    tell(f"  parts {turn}/{rounds}")
            process.stdin.close()
    return _table(spent)


def _table(spent: dict[str, list[Spent]]) -> str:
    lines = ["| one user, journeys in turns | CPU s a journey, median | by what is above it, median "
             "| of it not Chromium, ms, mean |", "|---|---|---|---|"]  # fmt: skip
    for at, part in enumerate(PARTS):
        pairs = zip(spent[part], spent[PARTS[max(0, at - 1)]], strict=True)
        more = f"{statistics.median(mine.all_s / above.all_s for mine, above in pairs) - 1:+.1%}" if at else ""
        rest_ms = statistics.fmean(each.rest_s for each in spent[part]) * 1000  # counted in steps of 10 ms
        lines.append(
            f"| {part} | {statistics.median(each.all_s for each in spent[part]):.3f} | {more} | {rest_ms:.0f} |"
        )
    return "\n".join(lines)


def serve(host: str, browser: str) -> None:
    """Run a journey of the part whose number comes in, and answer when all has settled."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        rehearsed = _Rehearsed(playwright, browser, host)
        for line in sys.stdin:
            rehearsed.go(PARTS[int(line)])
            time.sleep(SETTLED_S)
            print("done", flush=True)


class _Rehearsed:
    """Both browsers, and a journey in either."""

    def __init__(self, playwright: Any, browser: str, host: str) -> None:
        from benchmarks.browser.scripts.ours import Visitor
        from simulator.engine.browser.browsers import Launch, Running
        from simulator.engine.browser.fibers import Fibers
        from simulator.engine.browser.locate import find_browser
        from simulator.plan.browser import BrowserOptions

        ours = find_browser({"SIMULATOR_BROWSER": browser, "PATH": "/usr/bin:/bin"})
        self._host, self._devices, self._options = host, playwright.devices, BrowserOptions()
        self._plain = playwright.chromium.launch(executable_path=browser)
        words: dict[str, Any] = {"args": list(ours.arguments), "ignore_default_args": list(ours.unwanted)}
        lean = playwright.chromium.launch(executable_path=browser, **words)
        self._running = Running(lean, Launch(ours))
        self._fibers = Fibers(asyncio.get_running_loop(), playwright._dispatcher_fiber, lambda fiber, took_s: None)
        self._buy = Visitor.buy

    def go(self, part: str) -> None:
        """One journey in a new context."""
        from simulator.engine.browser.room import Room
        from simulator.engine.browser.vitals import LAST_WORDS

        if part in (PLAIN, FLAGS):
            handle = self._plain if part == PLAIN else self._running.handle
            context = handle.new_context(base_url=self._host)
            self._act(context.new_page())
            context.close()
            return
        room = Room(self._fibers, self._running, self._options, self._host, self._devices)
        if part == TRACED:
            room.context.tracing.start(screenshots=True, snapshots=True)
        self._act(room.page)
        room.page.evaluate(LAST_WORDS)
        room.close()

    def _act(self, page: Any) -> None:
        self._buy(SimpleNamespace(step=nullcontext), page)


if __name__ == "__main__":
    serve(*sys.argv[1:])
