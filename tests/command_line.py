"""The command line in a project of its own, and a server to load, for tests that are users."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from simulator.engine.browser import find_browser
from simulator.errors import SimulatorError
from simulator.selftest.running import RunningServer

ROOT = Path(__file__).parent.parent
MARK = "SIMULATOR_TEST_FOLDER"


class Project:
    """A project in a folder of its own, and the command line inside it."""

    def __init__(self, folder):
        self.folder = folder

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    @property
    def environ(self):
        """The environment variables of its commands."""
        return {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "120", "NO_COLOR": "1", MARK: str(self.folder)}

    def command(self, *words):
        """The words of a command, for those who start it in their own way."""
        return [sys.executable, "-m", "simulator", *map(str, words)]

    def start(self, *words):
        return subprocess.Popen(
            self.command(*words), cwd=self.folder, env=self.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True,
        )  # fmt: skip

    def run(self, *words):
        """The ended process, with `.out`, `.err` and `.code`."""
        process = self.start(*words)
        process.out, process.err = process.communicate(timeout=120)
        process.code = process.returncode
        return process

    def runs(self):
        return sorted(path.parent for path in self.folder.glob("reports/*/data.sqlite"))

    def document(self):
        """`run.json` of the newest run."""
        return json.loads((self.runs()[-1] / "run.json").read_text())


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


# A shared machine may stall for a moment; what these tests prove does not depend on it.
STALLS = "profiles: {test: {users: 1, duration: 1s, validity: {loop_lag: 60s, browser_wait: 100%}}}\nprofile: test\n"


@pytest.fixture
def patient_project(project):
    """A project whose runs are valid however busy the machine is."""
    project.write("simulator.yaml", STALLS)
    return project


@pytest.fixture
def shop_project(project):
    """This repository's own journeys, thresholds and simulator.yaml, in a folder of their own."""
    for name in ("journeys", "thresholds", "simulator.yaml"):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, project.folder / name)
    settings = (project.folder / "simulator.yaml").read_text()
    project.write(
        "simulator.yaml", settings.replace("  smoke: ", "  smoke:\n    validity: {loop_lag: 60s, browser_wait: 100%}")
    )
    return project


@pytest.fixture(autouse=True)
def nothing_left_running(tmp_path):
    """Every process that a test's command started, at any depth, is gone when the test ends."""
    yield
    deadline_s = time.monotonic() + 10
    while (left := _marked(str(tmp_path))) and time.monotonic() < deadline_s:
        psutil.wait_procs(left, timeout=0.2)
    assert not left


def _marked(folder):
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == folder and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


@pytest.fixture
def browser():
    try:
        return find_browser(os.environ)
    except SimulatorError as error:
        pytest.skip(f"no browser: {error}")


@pytest.fixture
def target(tmp_path):
    with RunningServer(tmp_path / "target.log") as server:
        yield server
