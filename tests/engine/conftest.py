"""A server to load, and a way to drive a plan in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


class Target:
    """The server under test."""

    def __init__(self, port: int) -> None:
        self.host = f"http://127.0.0.1:{port}"

    def log(self) -> list[str]:
        with urllib.request.urlopen(f"{self.host}/log") as answer:
            return json.loads(answer.read())


@pytest.fixture(scope="module")
def server() -> Iterator[Target]:
    command = [sys.executable, str(HERE / "server.py")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        yield Target(int(server.stdout.readline()))
        server.stdin.close()


@pytest.fixture
def target(server: Target) -> Target:
    urllib.request.urlopen(f"{server.host}/forget").close()
    return server


@pytest.fixture(scope="module")
def driver() -> Iterator[subprocess.Popen]:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(HERE / "run_plan.py")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env) as driver:
        yield driver
        driver.stdin.close()


class Told(dict):
    """What a run measured."""

    def series(self, level: str = "operation", **wanted: str) -> list[dict]:
        return [s for s in self["series"] if s["level"] == level and all(s[k] == v for k, v in wanted.items())]

    def total(self, what: str, level: str = "operation", **wanted: str) -> int:
        return sum(s[what] for s in self.series(level, **wanted))


@pytest.fixture
def run(tmp_path: Path, driver: subprocess.Popen) -> Callable[..., Told]:
    def run(journeys: str, load: dict, host: str, **more: Any) -> Told:
        file, out, err = tmp_path / "journeys.py", tmp_path / "out", tmp_path / "err"
        file.write_text(journeys)
        plan = {"journeys": str(file), "load": load, "host": host, "out": str(out), "err": str(err), **more}
        driver.stdin.write(json.dumps(plan) + "\n")
        driver.stdin.flush()
        assert driver.stdout.readline().strip() == "0", err.read_text()
        *printed, last = out.read_text().splitlines()
        told = Told(json.loads(last))
        told["stdout"] = printed
        assert err.read_text() == ""
        return told

    return run
