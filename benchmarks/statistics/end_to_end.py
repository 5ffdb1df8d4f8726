"""The whole way: real runs against a server with known response times, compared by `simulator compare`."""

from __future__ import annotations

import json
import math
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import NormalDist
from typing import Any

from benchmarks.statistics.known_server import MEDIAN_S, SIGMA

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


def figures(share: float = 1.0) -> Iterator[str]:
    pairs, trials = max(2, round(PAIRS * share)), max(1, round(TRIALS * share))
    with tempfile.TemporaryDirectory() as folder, known_server() as same, known_server(SLOWER) as slower:
        here = Path(folder)
        (here / "journeys").mkdir()
        (here / "journeys" / "call.py").write_text(JOURNEY)
        regressed, errors = 0, []
        for _ in range(pairs):
            found = _compare(here, same, same, runs=1)
            regressed += found["verdict"] == "regressed"
            errors += _errors(here)
        seen = sum(_compare(here, same, slower, runs=5)["verdict"] == "regressed" for _ in range(trials))
        mean = sum(errors) / len(errors)
        yield "40 requests a second for 8 s against a server with lognormal times (median 40 ms)."
        yield ""
        yield "| what | result |"
        yield "| --- | --- |"
        yield f"| pairs of runs of the same build called regressed | {regressed} of {pairs} |"
        yield f"| a server slower by 15% found by `--interleave --runs 5` | {seen} of {trials} |"
        yield f"| p50 of a run against the law's (with timers and loopback) | {mean:+.1%} on average |"


@contextmanager
def known_server(factor: float = 1.0) -> Iterator[str]:
    """A server with known times on a free port; yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "benchmarks.statistics.known_server", str(port), str(factor)]
    server = subprocess.Popen(command)
    try:
        for _ in range(100):
            with socket.socket() as caller:
                if caller.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def _compare(here: Path, base: str, new: str, *, runs: int) -> dict[str, Any]:
    for old in (here / "reports").glob("*/run.json"):
        old.rename(old.with_suffix(".seen"))
    words = ["compare", "--interleave", base, new, "--runs", str(runs), *LOAD, "--format", "json"]
    ended = subprocess.run([sys.executable, "-m", "simulator", *words], cwd=here, capture_output=True, check=False)
    if ended.returncode not in (0, 1):
        sys.exit(ended.stderr.decode())
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def _errors(here: Path) -> list[float]:
    true_s = MEDIAN_S * math.exp(SIGMA * NormalDist().inv_cdf(0.5))
    documents = [json.loads(path.read_bytes()) for path in (here / "reports").glob("*/run.json")]
    return [document["series"][0]["p50_s"] / true_s - 1 for document in documents]
