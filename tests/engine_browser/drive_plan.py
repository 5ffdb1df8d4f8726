"""Drives browser users with the load engine, in a process patched for gevent; prints what was measured as JSON."""

from __future__ import annotations

from simulator.engine.patch import patch

patch()

import json  # noqa: E402 - the patch comes first
import sys  # noqa: E402
from pathlib import Path  # noqa: E402

from simulator.engine.browser import browser_for  # noqa: E402
from simulator.engine.drive import drive  # noqa: E402
from simulator.engine.ending import StopSignal  # noqa: E402
from simulator.journey.browser_user import BrowserUser  # noqa: E402
from simulator.plan.cast import Cast, JourneySpec, UserSpec  # noqa: E402
from simulator.plan.load import Arrivals, Load, Phase  # noqa: E402

file, host, plans = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])


class Visitor(BrowserUser):
    """Stands for the class of the journey file, which lives in the browser host only."""


def drive_plan(journey: str, rate: float, duration_s: float, stop_within_s: float) -> dict[str, dict[str, int]]:
    """What was counted, by level and journey."""
    spec = UserSpec("Visitor", "browser", str(Path(file)), journeys=(JourneySpec(journey),))
    cast = Cast((spec,), {"Visitor": Visitor})
    streams = (Arrivals("Visitor", rate),) if rate else ()
    phase = Phase("steady", 0.0, duration_s, users={} if streams else {"Visitor": 2}, arrivals=streams)
    load = Load((phase,), stop_within_s=stop_within_s)
    browser = browser_for(cast, load, host)
    assert browser is not None
    told: dict[str, dict[str, int]] = {}

    def on_second(window, progress):
        for key, cell in window.cells.items():
            counts = told.setdefault(f"{key.level} {key.journey}", {"ok": 0, "error": 0, "cut off": 0, "dropped": 0})
            for outcome, count in zip(counts, (cell.ok.count, cell.errors, cell.cut_off, cell.dropped), strict=True):
                counts[outcome] += count

    drive(cast, load, host, on_second=on_second, stop=StopSignal(), browser=browser)
    assert browser.pid is None
    return told


print(json.dumps([drive_plan(**plan) for plan in plans]))
