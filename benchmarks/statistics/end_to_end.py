"""The whole way: real runs against a server with known response times, compared by `simulator compare`."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.statistics.known_server import MEDIAN_S, known_server
from simulator.record.histogram import rank_of

JOURNEY = """\
from simulator import ApiUser, journey


class Caller(ApiUser):
    @journey
    def call(self):
        with self.step("call"):
            self.client.get("/")
"""
LOAD = ("--rate", "40/s", "--duration", "8s")
PAIRS, TRIALS, SLOWER = 20, 10, 1.15
QUANTILES = (0.5, 0.95, 0.99)


def figures(share: float = 1.0) -> Iterator[str]:
    pairs, trials = max(2, round(PAIRS * share)), max(1, round(TRIALS * share))
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        (here / "journeys").mkdir()
        (here / "journeys" / "call.py").write_text(JOURNEY)
        worst = [_worst(here) for _ in range(5)]
        with known_server() as same, known_server("--median", str(MEDIAN_S * SLOWER)) as slower:
            regressed = sum(_compare(here, same, same, runs=1)["verdict"] == "regressed" for _ in range(pairs))
            seen = sum(_compare(here, same, slower, runs=5)["verdict"] == "regressed" for _ in range(trials))
        yield "40 requests a second for 8 s against a server with lognormal times (median 40 ms)."
        yield ""
        yield "| what | result |"
        yield "| --- | --- |"
        yield f"| pairs of runs of the same build called regressed | {regressed} of {pairs} |"
        yield f"| a server slower by 15% found by `--interleave --runs 5` | {seen} of {trials} |"
        errors = ", ".join(
            f"p{q * 100:g} {error:.2%}" for q, error in zip(QUANTILES, np.max(worst, axis=0), strict=True)
        )
        yield f"| largest distance from what the server itself wrote down, 5 runs | {errors} |"


def _worst(here: Path) -> list[float]:
    """How far the percentiles of one run are from the exact ones of the server's own book."""
    with known_server("--log", str(here / "book")) as url:
        command = [sys.executable, "-m", "simulator", "run", "--host", url, *LOAD, "--quiet"]
        subprocess.run(command, cwd=here, check=True, stdout=subprocess.DEVNULL)
        times = sorted(map(float, (here / "book").read_text().split()))
    [document] = [json.loads(path.read_bytes()) for path in (here / "reports").glob("*/run.json")]
    shutil.rmtree(here / "reports")
    exact = [times[rank_of(q, len(times)) - 1] for q in QUANTILES]
    whole = document["series"][0]
    return [abs(whole[f"p{q * 100:g}_s"] / true_s - 1) for q, true_s in zip(QUANTILES, exact, strict=True)]


def _compare(here: Path, base: str, new: str, *, runs: int) -> dict[str, Any]:
    shutil.rmtree(here / "reports", ignore_errors=True)
    words = ["compare", "--interleave", base, new, "--runs", str(runs), *LOAD, "--format", "json"]
    ended = subprocess.run([sys.executable, "-m", "simulator", *words], cwd=here, capture_output=True, check=False)
    if ended.returncode not in (0, 1):
        sys.exit(ended.stderr.decode())
    found: dict[str, Any] = json.loads(ended.stdout)
    return found
