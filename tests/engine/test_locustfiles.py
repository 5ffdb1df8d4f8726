"""Existing locustfiles run as they are, with everything else on top."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from simulator.engine.task_sets import with_tags
from simulator.journey.unpatched import TaskSet

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


IN_ORDER = """
from pathlib import Path
from locust import HttpUser, MarkovTaskSet, SequentialTaskSet, constant, events, task, transition

FIRED = []

@events.spawning_complete.add_listener
def _(user_count, **_):
    FIRED.append(f"complete {user_count}")

@events.test_start.add_listener
def _(environment, **_):
    FIRED.append(f"start {environment.runner.target_user_count}")

@events.quit.add_listener
def _(exit_code, **_):
    Path("fired").write_text("\\n".join([*FIRED, f"quit {exit_code}"]))

class Walker(HttpUser):
    host = "HOST"
    wait_time = constant(0.01)
    fixed_count = 1

    @task
    class Walk(SequentialTaskSet):
        @task
        def first(self):
            self.client.get("/first")

        @task
        def second(self):
            self.client.get("/second")

        @task
        class Inside(SequentialTaskSet):
            @task
            def third(self):
                self.client.get("/third")
                self.interrupt()

class Chain(HttpUser):
    host = "HOST"
    wait_time = constant(0.01)

    @task
    class Links(MarkovTaskSet):
        @transition("pong")
        def ping(self):
            self.client.get("/ping")

        @transition("ping")
        def pong(self):
            self.client.get("/pong")
"""


def rehearse(tmp_path: Path, host: str, *words: str) -> tuple[int, str]:
    (tmp_path / "locustfile.py").write_text(LOCUSTFILE)
    command = [sys.executable, "-m", "simulator", "run", "locustfile.py", "--host", host, *words]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "CI": "1"}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=90)
    return done.returncode, done.stdout + done.stderr


def test_shape_task_sets_own_options_names_and_evidence(target, tmp_path):
    code, printed = rehearse(tmp_path, target.host, "--fruit=pear")
    assert code == 1, printed  # requests failed, and nobody allowed that: as under locust
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


def test_orders_of_tasks_events_and_locusts_own_words_on_the_command_line(target, tmp_path):
    (tmp_path / "locustfile.py").write_text(IN_ORDER.replace("HOST", target.host))
    command = [sys.executable, "-m", "simulator", "run", "locustfile.py", "-u", "2", "-r", "50", "-t", "2s"]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "CI": "1"}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=90)
    assert done.returncode in (0, 4), done.stdout + done.stderr
    walked = [line for line in target.log() if line in ("GET /first", "GET /second", "GET /third")]
    assert len(walked) > 3
    assert walked == (["GET /first", "GET /second", "GET /third"] * len(walked))[: len(walked)]
    links = [line for line in target.log() if line in ("GET /ping", "GET /pong")]
    assert links[:4] == ["GET /ping", "GET /pong"] * 2
    assert (tmp_path / "fired").read_text().split("\n") == ["start 2", "complete 2", f"quit {done.returncode}"]
    [run] = tmp_path.glob("reports/*/run.json")
    assert json.loads(run.read_text())["host"] == target.host


def test_an_option_of_locust_that_would_do_nothing_is_refused(target, tmp_path):
    code, printed = rehearse(tmp_path, target.host, "--users", "1", "--csv=out")
    assert code == 2
    assert "--format csv" in printed
    assert target.log() == []


def test_tags_choose_tasks_inside_of_task_sets_and_leave_the_authors_classes_alone():
    from locust import tag, task

    class Inner(TaskSet):
        @tag("wanted")
        @task
        def inside(self):
            pass

        @task
        def plain(self):
            pass

    class Outer(TaskSet):
        tasks = [Inner]

        @task
        def beside(self):
            pass

    [inner] = with_tags(Outer, ("wanted",)).tasks
    assert [task.__name__ for task in inner.tasks] == ["inside"]
    assert len(Outer.tasks) == len(Inner.tasks) == 2
