"""Runs over several processes, as the command line starts them: totals are what the target counted."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from simulator.record.folder import RunFolder
from tests.processes import kill

ROOT = Path(__file__).parents[2]
JOURNEYS = """
from simulator import ApiUser, constant, journey

class Asker(ApiUser):
    wait_time = constant(0.02)

    @journey
    def ask(self):
        self.client.get("/ask")

class Looker(ApiUser):
    wait_time = constant(0.01)

    @journey
    def look(self):
        with self.step("look"):
            self.client.get("/look")
            self.client.post("/order", json={"a": 1})
"""


@pytest.fixture
def start(tmp_path: Path, target) -> Iterator[Callable[..., subprocess.Popen]]:
    started = []

    def start(*words: str, journeys: str = JOURNEYS) -> subprocess.Popen:
        (tmp_path / "journeys.py").write_text(journeys)
        command = [sys.executable, "-m", "simulator", "run", "journeys.py", "--host", target.host, *words]
        env = {**os.environ, "PYTHONPATH": str(ROOT), "CI": "1"}
        process = subprocess.Popen(
            command, cwd=tmp_path, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        started.append(process)
        return process

    yield start
    for process in started:
        for child in psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []:
            kill(child)
        process.kill()
        process.communicate()


def counted(folder: Path) -> Counter:
    [run] = [path for path in (folder / "reports").iterdir() if path.is_dir()]
    totals = RunFolder.open(run).reader().measurements().totals
    found = Counter()
    for key, cell in totals.items():
        if key.level == "operation":
            found[key.name] += cell.count + cell.cut_off
    return found


def read_run(folder: Path) -> dict:
    [file] = folder.glob("reports/*/run.json")
    return json.loads(file.read_text())


def await_load(target, at_least: int = 1) -> None:
    deadline_s = time.monotonic() + 60
    while len(target.log()) < at_least:
        assert time.monotonic() < deadline_s, "no load came"
        time.sleep(0.05)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.fault("counts", "a run over several workers", "totals are what the target counted")
def test_totals_over_workers_are_what_the_target_counted(start, target, tmp_path, seed):
    rng = random.Random(seed)
    words = ["--duration", f"{rng.uniform(1, 3):.1f}s", "--workers", str(rng.choice([2, 3]))]
    words += ["--users", f"Asker={rng.randint(1, 7)}"] if seed != 1 else []
    words += ["--rate", f"look={rng.randint(5, 40)}/s"] if seed else []
    process = start(*words)
    printed, _ = process.communicate(timeout=90)
    assert process.returncode in (0, 4), printed  # 4: this machine was too slow to be trusted
    assert counted(tmp_path) == Counter(target.log())
    checks = {check["check"]: check for check in read_run(tmp_path)["validity"]}
    assert checks["workers"]["ok"]


@pytest.mark.fault(4, "Ctrl-C in a distributed run", "the last reports are waited for; totals are the target's")
def test_an_interrupted_run_waits_for_the_last_reports(start, target, tmp_path):
    process = start("--users", "6", "--duration", "60s", "--workers", "2")
    await_load(target, 50)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert counted(tmp_path) == Counter(target.log())


def test_what_a_worker_cannot_bring_up_ends_the_run(start, target):
    journeys = JOURNEYS + "\n    def __init__(self, environment):\n        raise RuntimeError('no such thing')\n"
    process = start("--users", "2", "--duration", "5s", "--workers", "2", journeys=journeys)
    printed, _ = process.communicate(timeout=60)
    assert process.returncode == 3
    assert "no such thing" in printed
