"""The whole way: real runs against a server with known response times, compared by `simulator compare`."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
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
    yield from table(distances(5), regressions(pairs, 1, 1.0), regressions(trials, 5, SLOWER))


def distances(runs: int) -> list[list[float]]:
    """How far each percentile was from what the server itself wrote down, run by run."""
    with tempfile.TemporaryDirectory() as folder:
        here = _project(folder)
        return [_worst(here) for _ in range(runs)]


def regressions(times: int, runs: int, slower: float) -> list[bool]:
    """Whether a server that takes so many times as long was called a regression, comparison by comparison."""
    with tempfile.TemporaryDirectory() as folder, known_server() as base:
        here = _project(folder)
        with known_server("--median", str(MEDIAN_S * slower)) as new:
            return [_compare(here, base, new, runs=runs)["verdict"] == "regressed" for _ in range(times)]


def table(worst: Sequence[Sequence[float]], same: Sequence[bool], slower: Sequence[bool]) -> Iterator[str]:
    """Markdown."""
    yield "40 requests a second for 8 s against a server with lognormal times (median 40 ms)."
    yield ""
    yield "| what | result |"
    yield "| --- | --- |"
    yield f"| pairs of runs of the same build called regressed | {sum(same)} of {len(same)} |"
    yield f"| a server slower by 15% found by `--interleave --runs 5` | {sum(slower)} of {len(slower)} |"
    errors = ", ".join(f"p{q * 100:g} {error:.2%}" for q, error in zip(QUANTILES, np.max(worst, axis=0), strict=True))
    yield f"| largest distance from what the server itself wrote down, {len(worst)} runs | {errors} |"


def _project(folder: str) -> Path:
    here = Path(folder)
    (here / "journeys").mkdir()
    (here / "journeys" / "call.py").write_text(JOURNEY)
    return here


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
