"""How close `simulator capacity` comes to the capacity of a real server with eight slots."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.statistics.end_to_end import JOURNEY
from benchmarks.statistics.known_server import known_server
from benchmarks.statistics.queueing import LIMIT_S, SERVERS, SERVICE_S, true_capacity

SEARCHES = 5
MEDIAN_S, SIGMA = SERVICE_S * math.exp(-0.125), 0.5
SEARCH = ("--start", "20", "--step", "30s", "--confirm", "60s")


def figures(share: float = 1.0) -> Iterator[str]:
    times, true = max(1, round(SEARCHES * share)), true_capacity(0.0)
    found = [_searched() for _ in range(times)]
    errors = [load / true - 1 for load in found]
    law = f"lognormal service of {SERVICE_S * 1000:g} ms, limit p95 < {LIMIT_S * 1000:g} ms"
    yield f"A real server with {SERVERS} slots, {law}; `simulator capacity {' '.join(SEARCH)}`."
    yield ""
    yield f"| true capacity | found by {times} searches | median error | median size of the error |"
    yield "| --- | --- | --- | --- |"
    cells = f"{np.median(errors):+.1%} | {np.median(np.abs(errors)):.1%}"
    yield f"| {true:.1f}/s | {', '.join(f'{load:.1f}' for load in found)} | {cells} |"


def _searched() -> float:
    """The capacity in arrivals a second that one search finds."""
    words = ("--median", str(MEDIAN_S), "--sigma", str(SIGMA), "--slots", str(SERVERS))
    with tempfile.TemporaryDirectory() as folder, known_server(*words) as url:
        here = Path(folder)
        (here / "journeys").mkdir()
        (here / "journeys" / "call.py").write_text(JOURNEY)
        (here / "limits.yaml").write_text(f"thresholds:\n  - p95 < {LIMIT_S * 1000:g} ms\n")
        command = ["capacity", "--host", url, "--thresholds", "limits.yaml", *SEARCH, "--format", "json"]
        ended = subprocess.run(
            [sys.executable, "-m", "simulator", *command], cwd=here, capture_output=True, check=False
        )
        if ended.returncode != 0:
            sys.exit(ended.stderr.decode())
        return float(json.loads(ended.stdout)["load"])
