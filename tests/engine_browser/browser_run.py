"""A browser host with a recorder, as tests use it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from threading import Thread
from typing import Any

import psutil

from simulator.engine.browser import BrowserHost
from simulator.plan.browser import BrowserOptions
from simulator.plan.cast import UserSpec
from simulator.record.cell import Cell
from simulator.record.failure import Failure
from simulator.record.recorder import Recorder
from simulator.record.window import Window
from tests.processes import command

JOURNEYS = Path(__file__).with_name("journeys.py")
VISITOR = UserSpec("Visitor", "browser", str(JOURNEYS))


class Run:
    """A browser host with its recorder.

    Attributes:
        host: the browser host.
        window: all that was measured since the last look.
    """

    def __init__(
        self,
        url: str,
        users: list[UserSpec] | None = None,
        each: Mapping[str, BrowserOptions] | None = None,
        **options: Any,
    ) -> None:
        self.recorder = Recorder()
        self.recorder.begin(self.recorder.clock(), "steady")
        users = users or [VISITOR]
        self.host = BrowserHost(users, url, each or {user.name: BrowserOptions(**options) for user in users})
        self.window = Window(0)

    def start(self) -> Run:
        self.host.start(self.recorder)
        return self

    def go(self, journey: str, number: int = 0, planned_s: float | None = None, user: str = "Visitor") -> Window:
        """One journey to its end; what it left in the recorder."""
        self.host.run(user, number, journey, planned_s)
        return self.look()

    def set_out(self, journey: str, number: int = 0, user: str = "Visitor") -> Thread:
        """One journey in a thread of its own."""
        thread = Thread(target=self.host.run, args=(user, number, journey, None), daemon=True)
        thread.start()
        return thread

    def look(self) -> Window:
        self.window = self.recorder.fold(0)
        return self.window

    def cells(self, level: str) -> dict[tuple[str, str], Cell]:
        """(step, name) → what was counted, of one level."""
        return {
            (key.step, key.name): cell
            for key, cell in self.window.cells.items()
            if key.level == level and (cell.count or cell.cut_off)
        }

    def outcomes(self, level: str) -> dict[str, str]:
        """Name of a step, operation or journey → how it ended."""
        return {
            key.name or key.step or key.journey: "ok" if cell.ok.count else "error" if cell.failed.count else "cut off"
            for key, cell in self.window.cells.items()
            if key.level == level and (cell.count or cell.cut_off)
        }

    def failure(self, error_class: str) -> Failure:
        found = [failure for failure in self.window.failures.values() if failure.key.error_class == error_class]
        assert found, f"no {error_class} among {list(self.window.failures)}"
        return found[0]

    def family(self) -> list[psutil.Process]:
        host = psutil.Process(self.host.pid)
        return [host, *host.children(recursive=True)]

    def driver(self) -> psutil.Process:
        [driver] = psutil.Process(self.host.pid).children()
        return driver

    def browser(self) -> psutil.Process:
        """Chromium's main process."""
        [browser] = self.browsers()
        return browser

    def browsers(self) -> list[psutil.Process]:
        """The main process of each; its parent may be a shell script of the distribution's."""
        family = self.driver().children(recursive=True)
        return [process for process in family if _is_browser(process)]

    def renderers(self) -> list[psutil.Process]:
        """The processes that show pages."""
        family = self.driver().children(recursive=True)
        return [process for process in family if "--type=renderer" in command(process)]


def _is_browser(process: psutil.Process) -> bool:
    words = command(process)
    is_main = not any(word.startswith("--type") for word in words) and "--remote-debugging-pipe" in words
    return is_main and "chrom" in words[0].lower()
