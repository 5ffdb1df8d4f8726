"""The whole way: real runs against a server with known response times, compared by `simulator compare`."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

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
BUSIER = ("--rate", "100/s", "--duration", "20s")
PAIRS, TRIALS, SLOWER = 20, 10, 1.15
QUANTILES = (0.5, 0.95, 0.99)


def figures(share: float = 1.0) -> Iterator[str]:
    pairs, trials = max(2, round(PAIRS * share)), max(1, round(TRIALS * share))
    yield from table(distances(max(2, round(5 * share))), regressions(pairs, 1, 1.0), regressions(trials, 5, SLOWER))


class Distance(NamedTuple):
    """How far a percentile of a run is from the exact one.

    Attributes:
        error: as a share of the exact one.
        half: half the width of the percentile's interval, as a share of it too.
    """

    error: float
    half: float


def distances(runs: int) -> list[list[Distance]]:
    """How far each percentile was from what the server itself wrote down, run by run."""
    with tempfile.TemporaryDirectory() as folder:
        here = _project(folder)
        return [_distances(here) for _ in range(runs)]


def regressions(times: int, runs: int, slower: float) -> list[bool]:
    """Whether a server that takes so many times as long was called a regression, comparison by comparison."""
    with tempfile.TemporaryDirectory() as folder, known_server() as base:
        here = _project(folder)
        with known_server("--median", str(MEDIAN_S * slower)) as new:
            return [_compare(here, base, new, runs=runs)["verdict"] == "regressed" for _ in range(times)]


def table(found: Sequence[Sequence[Distance]], same: Sequence[bool], slower: Sequence[bool]) -> Iterator[str]:
    """Markdown."""
    yield "A server with lognormal times (median 40 ms). Runs of comparisons have "
    yield f"`{' '.join(LOAD)}`, runs whose percentiles are held against the server's own book `{' '.join(BUSIER)}`."
    yield "The book begins when the server has read a request, so every client sees more: a bare loop over a socket "
    yield f"{bare_loop_s() * 1e3:.2f} ms in the median."
    yield ""
    yield "| what | result |"
    yield "| --- | --- |"
    yield f"| pairs of runs of the same build called regressed | {sum(same)} of {len(same)} |"
    yield f"| a server slower by 15% found by `--interleave --runs 5` | {sum(slower)} of {len(slower)} |"
    errors = np.max([[one.error for one in run] for run in found], axis=0)
    told = ", ".join(f"p{q * 100:g} {error:.2%}" for q, error in zip(QUANTILES, errors, strict=True))
    within = [one.error <= 0.01 + one.half for run in found for one in run]
    yield f"| largest distance from what the server itself wrote down, {len(found)} runs | {told} |"
    yield f"| of them within 1% and half their interval | {sum(within)} of {len(within)} |"


def bare_loop_s(times: int = 300) -> float:
    """How much longer than in the server's book a request takes for a client that does nothing else, in seconds."""
    with tempfile.TemporaryDirectory() as folder, known_server("--log", f"{folder}/book") as url:
        took_s = []
        with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))) as line:
            for _ in range(times):
                began_s = time.monotonic()
                line.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                line.recv(1000)
                took_s.append(time.monotonic() - began_s)
        booked_s = list(map(float, Path(f"{folder}/book").read_text().split()))
    return float(np.median([took - booked for took, booked in zip(took_s, booked_s, strict=True)]))


def _project(folder: str) -> Path:
    here = Path(folder)
    (here / "journeys").mkdir()
    (here / "journeys" / "call.py").write_text(JOURNEY)
    return here


def _distances(here: Path) -> list[Distance]:
    with known_server("--log", str(here / "book")) as url:
        command = [sys.executable, "-m", "simulator", "run", "--host", url, *BUSIER, "--quiet"]
        subprocess.run(command, cwd=here, check=True, stdout=subprocess.DEVNULL)
        times = sorted(map(float, (here / "book").read_text().split()))
    [document] = [json.loads(path.read_bytes()) for path in (here / "reports").glob("*/run.json")]
    shutil.rmtree(here / "reports")
    exact = [times[rank_of(q, len(times)) - 1] for q in QUANTILES]
    whole = document["series"][0]
    return [_distance(whole, f"p{q * 100:g}_s", true_s) for q, true_s in zip(QUANTILES, exact, strict=True)]


def _distance(row: dict[str, Any], figure: str, true_s: float) -> Distance:
    low_s, high_s = row[f"{figure}_low"], row[f"{figure}_high"]
    return Distance(abs(row[figure] / true_s - 1), (high_s - low_s) / 2 / true_s)


def _compare(here: Path, base: str, new: str, *, runs: int) -> dict[str, Any]:
    shutil.rmtree(here / "reports", ignore_errors=True)
    words = ["compare", "--interleave", base, new, "--runs", str(runs), *LOAD, "--format", "json"]
    ended = subprocess.run([sys.executable, "-m", "simulator", *words], cwd=here, capture_output=True, check=False)
    if ended.returncode not in (0, 1):
        sys.exit(ended.stderr.decode())
    found: dict[str, Any] = json.loads(ended.stdout)
    return found
