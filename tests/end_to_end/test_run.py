import json
import os
import re
import signal
import socket
import xml.etree.ElementTree as ElementTree
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import psutil
import pytest

from simulator.record.histogram import rank_of

API_JOURNEY = """
import json, os, random
from simulator import ApiUser, check, constant, journey

class Caller(ApiUser):
    wait_time = constant(0)
    times = []

    @journey
    def call(self):
        with self.step("wait"):
            answer = self.client.get(f"/wait/{random.choice([2, 5, 10, 20, 40])}", name="/wait")
            Caller.times.append(answer.elapsed.total_seconds())

    def on_stop(self):
        with open("times.json", "w") as file:
            json.dump(Caller.times, file)
"""
LIMITS = "- error_rate < 50%\n- p95 < 10 s\n"


@pytest.fixture
def caller(patient_project):
    project = patient_project
    project.write("journeys/caller.py", API_JOURNEY)
    project.write("thresholds.yaml", LIMITS)
    return project


def run(project, target, *words):
    return project.run("run", "--host", target.url, "--thresholds", "thresholds.yaml", "--build", "v1", *words)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def await_line(stream, pattern):
    for line in stream:
        if re.search(pattern, line):
            return line
    raise AssertionError(f"the output ended before {pattern!r}")


def test_a_run_stores_its_verdict_its_data_and_its_pages(caller, target):
    ended = run(caller, target, "--users", 3, "--duration", "2s")

    assert ended.code == 0, ended.err
    assert "PASSED" in ended.out
    (folder,) = caller.runs()
    names = {path.name for path in folder.iterdir()}
    assert {"run.json", "data.sqlite", "report.html", "junit.xml", "summary.md"} <= names
    assert (caller.folder / "reports/index.html").is_file()
    ElementTree.parse(folder / "junit.xml")


@pytest.mark.fault("counts", "nothing goes wrong", "the report counts what the server counted")
def test_the_report_counts_what_the_server_counted(caller, target):
    run(caller, target, "--users", 3, "--duration", "2s")

    document = caller.document()
    everything = document["series"][0]
    assert everything["count"] + everything["cut_off"] == len(target.seen())


def test_percentiles_everywhere_are_within_one_percent_of_the_exact_ones(caller, target):
    caller.write("thresholds.yaml", "- p50 < 10 s\n- p95 < 10 s\n- p99 < 10 s\n")
    run(caller, target, "--users", 4, "--duration", "3s")

    times = sorted(json.loads((caller.folder / "times.json").read_text()))
    document = caller.document()
    rulings = {row["text"]: row["value"] for row in document["thresholds"]}
    for q, name, text in ((0.5, "p50_s", "p50 < 10 s"), (0.95, "p95_s", "p95 < 10 s"), (0.99, "p99_s", "p99 < 10 s")):
        exact = times[rank_of(q, len(times)) - 1]
        assert document["series"][0][name] == pytest.approx(exact, rel=0.01)
        assert rulings[text] == pytest.approx(exact, rel=0.01)


def test_an_arrival_rate_is_kept(caller, target):
    run(caller, target, "--rate", "Caller=50/s", "--duration", "2s")

    seen, document = len(target.seen()), caller.document()
    journeys = next(row for row in document["series"] if row["level"] == "journey" and row["phase"] is None)
    assert journeys["count"] + journeys["cut_off"] + journeys["dropped"] == 100
    assert seen == 100 - journeys["dropped"]


def test_a_broken_limit_fails_and_names_where(caller, target):
    caller.write("thresholds.yaml", "- name: quick\n  step: wait\n  require: p50 < 1 ms\n")
    ended = run(caller, target, "--users", 3, "--duration", "2s")

    assert ended.code == 1
    assert re.search(r"FAILED", ended.out)
    assert "quick: p50 < 1 ms (step wait)" in ended.out


@pytest.mark.fault("green", "a threshold has no samples", "`no data`, exit 4, never a pass")
def test_no_samples_for_a_threshold_is_never_a_pass(caller, target):
    caller.write("thresholds.yaml", "- request: GET /never\n  require: p95 < 1 s\n")
    ended = run(caller, target, "--users", 1, "--duration", "1s")

    assert ended.code == 4
    assert "no data" in ended.out


@pytest.mark.fault(10, "nothing listens at the target", "told before any load, exit 3, no run is kept")
def test_a_target_that_is_not_there_is_exit_3_and_leaves_no_run(caller):
    ended = caller.run("run", "--host", "http://127.0.0.1:1", "--users", 1, "--duration", "1s")

    assert ended.code == 3
    assert "nothing can be reached at http://127.0.0.1:1: connection refused" in ended.err
    assert caller.runs() == []


FIVE_MISTAKES = """\
thresholds:
  - error_rat < 1%
  - p95 < 800
  - {journey: cal, require: p95 < 1 s}
  - {step: wiat, require: p95 < 1 s}
  - {step: wait, requir: p95 < 1 s}
"""


@pytest.mark.fault(
    21,
    "five mistakes in a file",
    "all named at once with line, column and the nearest right name, exit 2, before any load",
)
def test_five_mistakes_are_all_named_with_their_places_before_any_request(caller, target):
    caller.write("thresholds.yaml", FIVE_MISTAKES)
    ended = run(caller, target, "--users", 1, "--duration", "1s")

    assert ended.code == 2
    places = re.findall(r"thresholds\.yaml:(\d+):(\d+): ", ended.err)
    assert [int(line) for line, _ in places] == [2, 3, 4, 5, 6], ended.err
    for right in ("error_rate", "ms", "'call'", "'wait'", "'require'"):
        assert right in ended.err
    assert target.seen() == []


def test_a_journey_file_with_an_error_shows_the_authors_own_traceback(caller, target):
    caller.write("journeys/caller.py", "def broken():\n    return 1 / 0\n\nbroken()\n")
    ended = run(caller, target, "--users", 1, "--duration", "1s")

    assert ended.code == 3
    assert "journeys/caller.py cannot be imported: ZeroDivisionError" in ended.err
    assert "return 1 / 0" in ended.err
    assert "importlib" not in ended.err
    assert "journey_file.py" not in ended.err


@pytest.mark.fault("green", "no journey is selected", "exit 2, never a pass")
def test_no_journey_selected_is_never_a_pass(caller, target):
    ended = run(caller, target, "--users", 1, "--duration", "1s", "--tags", "nobody")

    assert ended.code == 2
    assert "no journey" in ended.err


@pytest.mark.fault("green", "every operation fails", "failed, with evidence")
def test_all_errors_are_a_failed_run_and_secrets_stay_out_of_the_evidence(caller, target):
    caller.write("journeys/caller.py", API_JOURNEY.replace(
        'self.client.get(f"/wait/{random.choice([2, 5, 10, 20, 40])}", name="/wait")',
        'self.client.post("/status/502", json={"password": "hunter2"}, headers={"Authorization": "Bearer sesame"})',
    ))  # fmt: skip
    ended = run(caller, target, "--users", 1, "--duration", "2s")

    assert ended.code == 1
    (error, *_) = caller.document()["errors"]
    assert (error["class"], error["step"]) == ("http 502", "wait")
    evidence = (caller.runs()[-1] / error["evidence"][0]).read_text()
    assert "POST /status/502" in evidence
    everything = b"".join(path.read_bytes() for path in caller.runs()[-1].rglob("*") if path.is_file())
    assert b"hunter2" not in everything
    assert b"sesame" not in everything


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
@pytest.mark.fault(
    4, "Ctrl-C, or SIGTERM, as CI systems send it", "the run ends, the report is written, exit 130 or 143"
)
def test_a_signal_ends_the_run_with_a_report(caller, target, name, code):
    process = caller.start(
        "run", "--host", target.url, "--users", 2, "--duration", "60s", "--thresholds", "thresholds.yaml"
    )
    await_line(process.stdout, r"^00:0[1-9]")
    process.send_signal(getattr(signal, name))
    out, err = process.communicate(timeout=30)

    assert process.returncode == code, err
    assert f"stopped by {name}" in out
    document = caller.document()
    assert document["exit_code"] == code
    assert document["series"][0]["count"] > 0
    assert (caller.runs()[-1] / "report.html").is_file()


@pytest.mark.fault(
    5,
    "a run is killed (`kill -9`)",
    "its folder is readable up to two seconds before, and says that it was killed: `invalid`",
)
def test_a_killed_run_can_still_be_read_and_is_not_a_pass(caller, target):
    process = caller.start(
        "run", "--host", target.url, "--users", 2, "--duration", "60s", "--thresholds", "thresholds.yaml"
    )
    await_line(process.stdout, r"^00:0[3-9]")
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    seen = len(target.seen())

    told = caller.run("report", caller.runs()[-1], "--format", "json")

    assert told.code == 0, told.err
    document = json.loads(told.out)
    assert document["verdict"] == "invalid"
    assert "killed" in document["reasons"][0]
    rate_per_s = seen / (document["duration_s"] or 1)
    assert document["series"][0]["count"] >= seen - 4 * rate_per_s


def test_stored_runs_are_judged_again_under_other_limits(caller, target):
    run(caller, target, "--users", 2, "--duration", "1s")
    caller.write("strict.yaml", "- p50 < 1 ms\n")

    again = caller.run("check", caller.runs()[-1], "--thresholds", "strict.yaml")

    assert again.code == 1
    assert "p50 < 1 ms" in again.out


def test_two_runs_stand_side_by_side(caller, target):
    run(caller, target, "--users", 2, "--duration", "1s")
    assert caller.document()["change"] is None
    second = run(caller, target, "--users", 2, "--duration", "1s", "--build", "v2")

    compared = caller.run("compare", *caller.runs(), "--format", "json")

    assert compared.code == 0, compared.err
    assert json.loads(compared.out)
    assert caller.document()["change"]["base"] == "v1"
    assert "since v1: no regression found" in second.out


@pytest.mark.parametrize("form", ["text", "html", "md", "junit", "json", "csv"])
def test_every_format_is_made_from_the_folder_alone(caller, target, form):
    if not caller.runs():
        run(caller, target, "--users", 1, "--duration", "1s")

    told = caller.run("report", caller.runs()[-1], "--format", form)

    assert told.code == 0, told.err
    assert "call" in told.out


def test_an_existing_locustfile_runs_unchanged(patient_project, target):
    project = patient_project
    project.write("locustfile.py", """
from locust import HttpUser, constant, task

class Old(HttpUser):
    wait_time = constant(0.05)

    @task
    def look(self):
        self.client.get("/wait/1")
""")  # fmt: skip
    project.write("thresholds.yaml", LIMITS)
    ended = project.run(
        "run",
        "locustfile.py",
        "--host",
        target.url,
        "--users",
        2,
        "--duration",
        "2s",
        "--thresholds",
        "thresholds.yaml",
    )

    assert ended.code == 0, ended.err
    document = project.document()
    assert document["series"][0]["count"] + document["series"][0]["cut_off"] == len(target.seen())


@pytest.mark.fault(5, "the command is killed (`kill -9`)", "none of its processes outlives it by more than ten seconds")
def test_nothing_of_the_generator_survives_its_parent(caller, target):
    process = caller.start(
        "run", "--host", target.url, "--users", 1, "--duration", "60s", "--thresholds", "thresholds.yaml"
    )
    await_line(process.stdout, r"^00:0[1-9]")
    children = psutil.Process(process.pid).children(recursive=True)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()

    gone, alive = psutil.wait_procs(children, timeout=10)

    assert not alive


def test_locusts_web_interface_shows_the_run_and_cannot_steer_it(caller, target):
    port = free_port()
    words = ("run", "--host", target.url, "--thresholds", "thresholds.yaml", "--users", 2, "--duration", "30s")
    process = caller.start(*words, "--web", f"127.0.0.1:{port}")
    await_line(process.stdout, r"^00:0[1-9]")

    with urlopen(f"http://127.0.0.1:{port}/stats/requests", timeout=10) as answer:
        shown = json.loads(answer.read())
    with pytest.raises(HTTPError, match="409"):
        urlopen(Request(f"http://127.0.0.1:{port}/swarm", data=b"user_count=50"), timeout=10)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=40)

    assert {"/wait", "Aggregated"} == {row["name"] for row in shown["stats"]}
    assert shown["user_count"] == 2


def test_an_address_that_is_taken_stops_the_run_before_its_load(caller, target):
    taken = target.url.removeprefix("http://")
    ended = run(caller, target, "--users", 1, "--duration", "1s", "--web", taken)

    assert ended.code == 3
    assert f"--web {taken}: Address already in use" in ended.err
    assert not [line for line in target.seen() if "/wait" in line[1]]
