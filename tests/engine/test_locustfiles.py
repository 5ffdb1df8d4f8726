"""Existing locustfiles run as they are, with everything else on top."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCUSTFILE = """
from locust import FastHttpUser, HttpUser, LoadTestShape, TaskSet, constant, events, task

@events.init_command_line_parser.add_listener
def _(parser):
    parser.add_argument("--fruit", default="apple")

class Deep(TaskSet):
    @task
    def dig(self):
        self.client.get("/items/123?x=1")
        self.interrupt()

class Web(HttpUser):
    wait_time = constant(0.01)

    @task
    class Browse(TaskSet):
        tasks = [Deep]

        @task(3)
        def look(self):
            self.client.get("/" + self.user.environment.parsed_options.fruit)

        @task
        def bad(self):
            self.client.post("/bad?c=500", json={"password": "hidden"})

class Fast(FastHttpUser):
    wait_time = constant(0.01)

    @task
    def quick(self):
        self.client.get("/quick/55", name="the 55th")

class Stairs(LoadTestShape):
    def tick(self):
        return (2, 10) if self.get_run_time() < 1 else (4, 10) if self.get_run_time() < 2.5 else None
"""


def rehearse(tmp_path: Path, host: str, *words: str) -> tuple[int, str]:
    (tmp_path / "locustfile.py").write_text(LOCUSTFILE)
    command = [sys.executable, "-m", "simulator", "run", "locustfile.py", "--host", host, *words]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "CI": "1"}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=90)
    return done.returncode, done.stdout + done.stderr


def test_shape_task_sets_own_options_names_and_evidence(target, tmp_path):
    code, printed = rehearse(tmp_path, target.host, "--fruit=pear")
    assert code in (0, 4), printed
    [run] = tmp_path.glob("reports/*/run.json")
    document, log = json.loads(run.read_text()), Counter(target.log())
    count = {(s["journey"], s["step"], s["name"]): s["count"] for s in document["series"]
             if s["level"] == "operation" and s["phase"] is None}  # fmt: skip
    assert count["Browse", "dig", "GET /items/{id}"] == log["GET /items/123"] > 0
    assert count["Browse", "look", "GET /pear"] == log["GET /pear"] > 0
    assert count["Browse", "bad", "POST /bad"] == log["POST /bad"] > 0
    assert [c for (_, _, name), c in count.items() if name == "GET the 55th"] == [log["GET /quick/55"]]
    assert [phase["name"] for phase in document["phases"]] == ["shape"]
    assert document["duration_s"] < 15
    [error] = document["errors"]
    evidence = (run.parent / error["evidence"][0]).read_text()
    assert evidence.startswith("POST ")
    assert "HTTP/1.1 500" in evidence
    assert "hidden" not in evidence


def test_an_option_that_nobody_knows_is_refused_before_any_load(target, tmp_path):
    code, printed = rehearse(tmp_path, target.host, "--users", "1", "--duration", "1s", "--frut=pear")
    assert code == 2
    assert "--fruit" in printed
    assert target.log() == []
