"""Processes that are killed, frozen or told to stop: what was measured is kept, and nothing is left running."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import psutil
import pytest

from tests.command_line import MARK, ROOT

fault = pytest.mark.fault
WORKERS_END_WITHIN_S = 10

ASK = """
from simulator import ApiUser, constant, journey

class Asker(ApiUser):
    wait_time = constant(0.02)

    @journey
    def ask(self):
        self.client.get("/wait/5", name="/ask")
"""
HANG = ASK.replace("/wait/5", "/hang")


@pytest.fixture
def asker(patient_project):
    patient_project.write("journeys/asker.py", ASK)
    patient_project.write("limits.yaml", "- error_rate < 50%\n")
    return patient_project


def start(project, target, *words):
    return project.start("run", "--host", target.url, "--thresholds", "limits.yaml", *words)


def await_requests(target, count, process):
    while len(target.log()) < count:
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)


def counted(document):
    everything = document["series"][0]
    return everything["count"] + everything["cut_off"]


def check(document, name):
    return next(row for row in document["validity"] if row["check"] == name)


@fault(1, "a worker of a distributed run is killed", "its samples up to two seconds before are kept, the others do its "
       "share, the verdict says what share of the load was lost, and is `invalid` above 5%")  # fmt: skip
def test_a_killed_worker_is_named_and_its_share_is_done_by_the_others(asker, target):
    process = start(asker, target, "--rate", "ask=60/s", "--duration", "8s", "--workers", "2")
    await_requests(target, 60, process)
    psutil.Process(process.pid).children()[0].kill()
    out, _ = process.communicate(timeout=90)
    document, asked = asker.document(), len(target.log())
    assert 0 <= asked - counted(document) <= 60  # what it had not yet reported: at most two seconds of its half
    assert asked >= 8 * 60 - 2 * 60  # and the other one took over soon
    workers = check(document, "workers")
    assert "1 of 2 workers" in workers["reason"]
    assert workers["ok"] == (workers["value"] <= workers["limit"] == 0.05)
    assert (process.returncode == 4) == (not workers["ok"]), out


@fault(2, "a worker stops answering, and comes back", "the others do its share, what it reports late is counted once, "
       "and the run says so")  # fmt: skip
def test_a_frozen_worker_is_taken_over_from_and_counted_once_when_it_is_back(asker, target):
    process = start(asker, target, "--rate", "ask=40/s", "--duration", "12s", "--workers", "2")
    await_requests(target, 40, process)
    worker = psutil.Process(process.pid).children()[0]
    worker.suspend()
    for line in process.stdout:
        if re.match(r"00:(0[6-9]|1)", line):  # its heart has been missed for three seconds by then
            break
    worker.resume()
    out, err = process.communicate(timeout=90)
    document = asker.document()
    assert counted(document) == len(target.log()), out + err
    assert "1 of 2 workers were lost or stood still" in check(document, "workers")["reason"]


@fault(3, "the master of a distributed run is killed", "its workers end by themselves within ten seconds, the run "
       "folder is readable and says that it is partial")  # fmt: skip
def test_workers_end_and_the_folder_is_readable_when_the_master_is_killed(asker, target):
    process = start(asker, target, "--users", 2, "--duration", "60s", "--workers", "2")
    for line in process.stdout:
        if re.match(r"00:0[3-9]", line):
            break
    workers = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    seen = len(target.log())
    gone, alive = psutil.wait_procs(workers, timeout=WORKERS_END_WITHIN_S)
    process.communicate()
    assert len(workers) >= 2
    assert not alive

    told = asker.run("report", asker.runs()[-1], "--format", "json")
    assert told.code == 0, told.err
    assert '"invalid"' in told.out
    assert "killed" in told.out
    assert counted_of(told.out) >= seen - 2 * 2 * 40  # two seconds of what two users ask at most


def counted_of(text):
    return counted(json.loads(text))


@fault(4, "Ctrl-C twice", "the first lets journeys finish, the second cuts them off at once; a report either way")
def test_a_second_ctrl_c_ends_at_once_with_a_report(asker, target):
    asker.write("journeys/asker.py", HANG)
    asker.write("simulator.yaml", "profiles: {p: {users: 2, duration: 60s, stop_within: 300s}}\nprofile: p\n")
    process = start(asker, target)
    for line in process.stdout:
        if re.match(r"00:0[1-9]", line):
            break
    process.send_signal(signal.SIGINT)
    for line in process.stdout:
        if "stopped by SIGINT; journeys under way may finish" in line:
            break
    assert process.poll() is None  # it waits for an answer that never comes
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    document = asker.document()
    assert (document["exit_code"], document["series"][0]["cut_off"]) == (130, 2)
    assert (asker.runs()[-1] / "report.html").is_file()


@fault(4, "the terminal is closed (SIGHUP)", "as SIGTERM: what was measured is stored and reported")
def test_a_closed_terminal_ends_the_run_with_a_report(asker, target):
    terminal, inner = os.openpty()
    command = [sys.executable, "-m", "simulator", "run", "--host", target.url, "--thresholds", "limits.yaml"]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", MARK: str(asker.folder)}
    process = subprocess.Popen(
        [*command, "--users", "2", "--duration", "60s"], cwd=asker.folder, env=env, stdin=inner, stdout=inner,
        stderr=inner, preexec_fn=lambda: os.login_tty(inner),
    )  # fmt: skip
    os.close(inner)
    shown = b""
    while len(target.log()) < 100:
        shown += os.read(terminal, 65536)
    os.close(terminal)
    assert process.wait(60) == 143, shown
    document = asker.document()
    assert document["exit_code"] == 143
    assert document["series"][0]["count"] >= 100
    assert (asker.runs()[-1] / "report.html").is_file()


@fault(34, "two runs begin at the same moment in the same folder", "each has a folder, a data file and services of its "
       "own; both are whole")  # fmt: skip
def test_two_runs_at_once_keep_apart(asker, target):
    processes = [start(asker, target, "--users", 1, "--duration", "2s", "--build", "same") for _ in range(2)]
    for process in processes:
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    documents = [json.loads((folder / "run.json").read_text()) for folder in asker.runs()]
    assert len(documents) == len({document["run"] for document in documents}) == 2
    assert sum(map(counted, documents)) == len(target.log())
