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


@pytest.fixture
def target() -> Iterator[Target]:
    command = [sys.executable, str(HERE / "server.py")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        yield Target(int(server.stdout.readline()))
        server.stdin.close()


class Told(dict):
    """What a run measured."""

    def series(self, level: str = "operation", **wanted: str) -> list[dict]:
        return [s for s in self["series"] if s["level"] == level and all(s[k] == v for k, v in wanted.items())]

    def total(self, what: str, level: str = "operation", **wanted: str) -> int:
        return sum(s[what] for s in self.series(level, **wanted))


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Told]:
    def run(journeys: str, load: dict, host: str, **more: Any) -> Told:
        file = tmp_path / "journeys.py"
        file.write_text(journeys)
        plan = {"journeys": str(file), "load": load, "host": host, **more}
        done = subprocess.run(
            [sys.executable, str(HERE / "run_plan.py")],
            input=json.dumps(plan),
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        assert done.returncode == 0, done.stderr
        told = Told(json.loads(done.stdout.splitlines()[-1]))
        told["stdout"], told["stderr"] = done.stdout.splitlines()[:-1], done.stderr
        return told

    return run
