"""Browser users under the load engine, which runs on gevent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.engine_browser.browser_run import JOURNEYS
from tests.engine_browser.browser_site import Site

PLANS: dict[str, dict[str, Any]] = {
    "own pace": {"journey": "read", "rate": 0, "duration_s": 2, "stop_within_s": 20},
    "arrivals": {"journey": "read", "rate": 2, "duration_s": 2, "stop_within_s": 20},
    "cut off": {"journey": "wait", "rate": 0, "duration_s": 3, "stop_within_s": 0},
}

Counts = dict[str, dict[str, int]]


@pytest.fixture(scope="module")
def told(site: Site) -> dict[str, Counts]:
    """What each plan counted, all driven by one process."""
    script = str(Path(__file__).with_name("drive_plan.py"))
    words = [sys.executable, script, str(JOURNEYS), site.url, json.dumps(list(PLANS.values()))]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=100, env=env)
    assert done.returncode == 0, done.stderr
    return dict(zip(PLANS, json.loads(done.stdout.splitlines()[-1]), strict=True))


def test_users_that_go_their_own_pace(told: dict[str, Counts]):
    counts = told["own pace"]
    count = counts["journey read"]["ok"]
    assert count >= 2
    assert counts["journey read"] == {"ok": count, "error": 0, "cut off": 0, "dropped": 0}
    assert counts["step read"]["ok"] == counts["operation read"]["ok"] == 2 * count


def test_users_that_follow_arrivals(told: dict[str, Counts]):
    assert told["arrivals"]["journey read"] == {"ok": 4, "error": 0, "cut off": 0, "dropped": 0}


def test_journeys_under_way_at_the_end_are_cut_off(told: dict[str, Counts]):
    assert told["cut off"]["journey wait"] == {"ok": 0, "error": 0, "cut off": 2, "dropped": 0}
