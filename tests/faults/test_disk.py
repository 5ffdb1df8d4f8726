"""Where runs are kept: a disk that is full, read-only or gone, too many open files, pages that cannot be written."""

import json
import resource
import shutil
import subprocess
import time

import pytest

fault = pytest.mark.fault

CALL = """
from simulator import ApiUser, constant, journey

class Caller(ApiUser):
    wait_time = constant(0.05)

    @journey
    def call(self):
        self.client.get("/wait/5", name="/wait")
"""


@pytest.fixture
def caller(patient_project):
    patient_project.write("journeys/caller.py", CALL)
    patient_project.write("limits.yaml", "- error_rate < 50%\n")
    return patient_project


@pytest.fixture
def small_disk(caller):
    """`reports/` on a disk of its own of two megabytes."""
    folder = caller.folder / "reports"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", folder], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"no disk of one's own can be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def start(project, target, *words):
    return project.start("run", "--host", target.url, "--users", 2, "--thresholds", "limits.yaml", *words)


def await_requests(target, count):
    while len(target.log()) < count:
        time.sleep(0.02)


@fault(6, "the disk is full in mid-run", "the run stops with a clear message, exit 4; what was stored stays readable")
def test_a_full_disk_ends_the_run_and_loses_nothing_that_was_stored(caller, small_disk, target):
    process = start(caller, target, "--duration", "10m")
    await_requests(target, 60)
    with pytest.raises(OSError, match="No space"), (small_disk / "filler").open("wb", buffering=0) as filler:
        while True:
            filler.write(b"x" * 4096)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 4, out + err
    assert "full" in err
    assert "Traceback" not in err

    told = caller.run("report", caller.runs()[-1], "--format", "json")
    assert told.code == 0, told.err
    document = json.loads(told.out)
    assert document["verdict"] == "invalid"
    assert document["series"][0]["count"] >= 20


@fault(6, "the folder of runs is read-only", "told before any load, exit 4")
def test_a_read_only_folder_is_told_before_any_load(caller, small_disk, target):
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    ended = caller.run("run", "--host", target.url, "--users", 1, "--duration", "1s")
    assert ended.code == 4
    assert "cannot hold a run: Read-only file system" in ended.err
    assert target.log() == []


@fault(6, "the run folder is removed in mid-run", "the run stops with a clear message, exit 4")
def test_a_removed_folder_ends_the_run(caller, target):
    process = start(caller, target, "--duration", "10m")
    await_requests(target, 60)
    shutil.rmtree(caller.runs()[-1])
    out, err = process.communicate(timeout=60)
    assert process.returncode == 4, out + err
    assert "data.sqlite" in err
    assert "Traceback" not in err


@fault(
    6,
    "the generator may open no more files",
    "the run is `invalid`, exit 4, with the way out; the target is not blamed",
)
def test_too_many_open_files_are_the_generators_own_fault(caller, target):
    caller.write("journeys/caller.py", CALL.replace("/wait/5", "/wait/500"))
    command = caller.command("run", "--host", target.url, "--users", "150", "--duration", "3s")
    few = (120, 120)
    ended = subprocess.run(
        command, cwd=caller.folder, env=caller.environ, capture_output=True, text=True, timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, few),
    )  # fmt: skip
    assert ended.returncode == 4, ended.stdout + ended.stderr
    assert "ulimit -n" in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr
    document = json.loads(caller.run("report", caller.runs()[-1], "--format", "json").out)
    assert document["verdict"] == "invalid"
    assert {row["class"] for row in document["errors"]} == {"open files"}


@fault(36, "a page of the report cannot be written", "verdict and exit code are stored before it; a message, exit 4: a "
       "pass without its report is none")  # fmt: skip
def test_a_report_that_cannot_be_written_is_told_and_the_verdict_stands(caller, target):
    process = start(caller, target, "--duration", "3s")
    await_requests(target, 20)
    (caller.runs()[-1] / "report.html").mkdir()
    (caller.runs()[-1] / "report.html" / "in the way").touch()
    out, err = process.communicate(timeout=60)
    assert process.returncode == 4, out + err
    assert "report.html cannot be written" in err
    assert (caller.document()["verdict"], caller.document()["exit_code"]) == ("passed", 0)


@fault("folders", "a run was killed with `kill -9` before", "the next one starts as if nothing had been, and takes "
       "away what the killed one left running")  # fmt: skip
def test_a_killed_run_is_recovered_from_by_the_next_start(caller, target):
    caller.write("simulator.yaml", SERVICE.format(url=target.url))
    process = caller.start("run", "--profile", "p", "--duration", "60s")
    await_requests(target, 20)
    process.kill()
    process.communicate()
    ended = caller.run("run", "--profile", "p", "--duration", "1s")
    assert ended.code == 0, ended.out + ended.err
    assert len(caller.runs()) == 2
    told = caller.run("report", caller.runs()[0], "--format", "json")
    assert json.loads(told.out)["verdict"] == "invalid"


SERVICE = """
environments:
  here:
    services:
      sleeper: {{command: sleep 1000, ready: {{command: "true"}}}}
    host: {url}
profiles:
  p: {{users: 2, duration: 1s, environment: here, thresholds: limits.yaml, validity: {{loop_lag: 60s}}}}
"""
