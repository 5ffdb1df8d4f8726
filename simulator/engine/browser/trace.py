"""Playwright traces: of a few journeys, of more once something fails, so that collecting stays cheap."""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.engine.browser.fibers import DriverGone, Fibers, TooLate
from simulator.record.failure import Evidence

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

SHARE = 0.01
"""A traced journey costs 60 to 75% more CPU, so this share costs less than one percent."""

AFTER_A_FAILURE = 3
"""So many journeys of the same name are traced after one has failed, until there is a trace of the failure."""

MOST_TRACES = 20
MOST_TRACE_BYTES = 30_000_000
SAVE_WITHIN_S = 5.0


class Traced:
    """A trace that is being made."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context


class Tracer:
    """Decides which journeys are traced, and keeps the traces of those that fail.

    Args:
        chance: a number from 0 to 1, anew each time.
    """

    def __init__(self, chance: random.Random | None = None) -> None:
        self._chance = chance or random.Random()
        self._owed: Counter[str] = Counter()
        self._kept = 0
        self._kept_bytes = 0
        self._under_way = 0

    def wants(self, journey: str, how: str) -> bool:
        """Whether the next journey of that name is traced.

        Args:
            journey: its name.
            how: auto, on or off.
        """
        if how == "off" or self._kept >= MOST_TRACES or self._kept_bytes >= MOST_TRACE_BYTES:
            return False
        if how == "on":
            return True
        if self._owed[journey] > 0:
            self._owed[journey] -= 1
            return True
        return self._under_way == 0 and self._chance.random() < SHARE

    def failed(self, journey: str, traced: bool) -> None:
        """A journey failed: the next ones of its name are traced, unless there is a trace of it already."""
        self._owed[journey] = 0 if traced else AFTER_A_FAILURE

    def start(self, context: BrowserContext) -> Traced | None:
        """Begin to trace; `None` when the browser does not let us."""
        from playwright.sync_api import Error

        with suppress(Error):
            context.tracing.start(screenshots=True, snapshots=True)
            self._under_way += 1
            return Traced(context)
        return None

    def keep(self, traced: Traced, fibers: Fibers) -> list[Evidence]:
        """End it, and return it as evidence; nothing when there is no getting at it any more."""
        from playwright.sync_api import Error

        self._under_way -= 1
        with tempfile.TemporaryDirectory(prefix="simulator-trace-") as folder:
            file = Path(folder, "trace.zip")
            with suppress(Error, TooLate, DriverGone, OSError), fibers.deadline(SAVE_WITHIN_S):
                traced.context.tracing.stop(path=file)
                content = file.read_bytes()
                if self._kept_bytes + len(content) <= MOST_TRACE_BYTES:
                    self._kept += 1
                    self._kept_bytes += len(content)
                    return [Evidence("trace.zip", content)]
        return []

    def discard(self, traced: Traced) -> None:
        """Nothing went wrong: closing the context ends the trace."""
        self._under_way -= 1
