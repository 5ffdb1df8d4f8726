"""Every command block of the documentation is run: one page after the other, each in a project of its own.

What cannot run here is marked in the page, with its reason: `<!-- not run here: … -->` above the block. Runs are made
short and without browser users (which have tests of their own), ports are free ones, and names of run folders stand for
one that is there; otherwise a line runs as it stands.
"""

import contextlib
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.statistics.stored import series, write_run
from tests.convert.test_har import entry
from tests.convert.test_limits import K6, TAURUS
from tests.demo.conftest import processes, serve, shop

__all__ = ["processes", "serve", "shop"]

ROOT = Path(__file__).parent.parent
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
    ROOT / "journeys/README.md",
]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
REASON = re.compile(r"<!-- not run here: ([^>]+) -->\n\Z")
SERVING = re.compile(
    r"simulator (virtual (serve|record|proxy)|contract serve)|python -m simulator\.demo (shop|payments)(?! --help)"
)
JUDGING = (
    "simulator run",
    "simulator demo",
    "simulator compare",
    "simulator contract verify",
    "simulator check reports",
)
RUN = re.compile(r"reports/\d{8}-\d{6}-\w+")
WITHIN_S = 90
LOCUSTFILE = """
from locust import HttpUser, constant, task


class Web(HttpUser):
    wait_time = constant(0.2)

    @task
    def look(self):
        self.client.get("/health")
"""


def blocks_of(page):
    """Why each command block of a page is not run, or `None`; and its lines."""
    text, found = page.read_text(), []
    for match in BLOCK.finditer(text):
        if match[1] in ("", "sh"):
            reason = REASON.search(text[: match.start()])
            found.append((reason[1] if reason else _run_elsewhere(match[2], page), match[2]))
    return found


def _run_elsewhere(block, page):
    """Why a block of this page is not run again."""
    first = ROOT / "docs/tutorial.md"
    return "the tutorial's block, run there" if page != first and f"```\n{block}```" in first.read_text() else None


def pages():
    for page in PAGES:
        for number, (reason, _) in enumerate(blocks_of(page)):
            if reason is not None:
                yield pytest.param(page, None, id=f"{page.name}-{number}", marks=pytest.mark.skip(reason=reason))
        if any(reason is None for reason, _ in blocks_of(page)):
            yield pytest.param(page, [text for reason, text in blocks_of(page) if reason is None], id=page.name)


@pytest.fixture
def ground(tmp_path, shop):
    """A project like this repository's, with the files that pages speak of; and what its shell finds."""
    for name in ("journeys", "thresholds", "simulator.yaml"):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    (tmp_path / "simulator.yaml").write_text(shortened((ROOT / "simulator.yaml").read_text()))
    (tmp_path / "simulator/demo").mkdir(parents=True)
    for place in ("openapi.json", "simulator/demo/openapi.json"):
        shutil.copy(ROOT / "simulator/demo/openapi.json", tmp_path / place)
    (tmp_path / "locustfile.py").write_text(LOCUSTFILE)
    (tmp_path / "script.js").write_text(K6)
    (tmp_path / "taurus.yml").write_text(TAURUS)
    login = entry("POST", f"{shop.url}/api/login", answer={"token": "t"}, body={"user": "me", "password": "secret"})
    (tmp_path / "shop.har").write_text(json.dumps({"log": {"entries": [login]}}))
    for number, build in enumerate(("1.4", "1.5", "first")):
        for place in ("shared", "reports"):  # there is a valid run, however busy the machine is that makes more
            run = write_run(tmp_path / place, build, number, seconds=20, per_s=20, keys=series(1, 2), seed=number)
        (run / "created.jsonl").write_text('{"done": true}\n')  # a run that took its data away
    mapping = {"request": {"method": "GET", "urlPath": "/x"}, "response": {"status": 200}}
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings/x.json").write_text(json.dumps(mapping))
    return Ground(tmp_path, shop.url)


def shortened(settings):
    """Profiles of a second, without browser users, valid however busy the machine is."""
    settings = re.sub(r"duration: \d+\w+", "duration: 1s", settings)
    settings = re.sub(r",? *Visitor: \d+", "", settings)
    settings = re.sub(r"^    validity:.*\n", "", settings, flags=re.MULTILINE)
    at = settings.index("\nprofiles:")
    patient = "\\1\n    validity: {loop_lag: 60s, browser_wait: 100%}\n"
    return settings[:at] + re.sub(r"^(  [\w-]+:)\s*(?:#.*)?\n(?=    )", patient, settings[at:], flags=re.MULTILINE)


class Ground:
    """Runs lines of a shell, one after the other; `cd` lasts."""

    def __init__(self, folder, shop):
        self.here, self._shop = folder, shop
        bin_folder = folder / ".bin"
        bin_folder.mkdir()
        for name, words in (("simulator", "-m simulator"), ("python", "")):
            (bin_folder / name).write_text(f'#!/bin/sh\nexec {sys.executable} {words} "$@"\n')
            (bin_folder / name).chmod(0o755)
        path = f"{bin_folder}:{os.environ['PATH']}"
        self._env = {
            **os.environ,
            "PATH": path,
            "PYTHONPATH": str(ROOT),
            "SHOP": shop,
            "XDG_CACHE_HOME": str(folder / ".cache"),
        }

    def run(self, line):
        """Run one line as it stands, but short, at free ports, with a run folder that is there."""
        line = re.sub(r"--duration \d+\w+|-t \d+\w+", lambda match: f"{match[0].split()[0]} 1s", line)
        line = re.sub(r"--port \d+", lambda match: f"--port {free_port()}", line)
        line = line.replace("http://127.0.0.1:8000", self._shop).replace(
            "file:///tmp/simulator-docs-reports", f"file://{self.here}/shared"
        )
        if RUN.search(line):
            line = RUN.sub(sorted(self.here.glob("reports/*-*"))[0].relative_to(self.here).as_posix(), line)
        if line.startswith("export "):
            self._env |= dict(word.split("=", 1) for word in shlex.split(line)[1:])
        elif line.startswith("cd "):
            self.here = self.here / line.removeprefix("cd ")
        elif SERVING.match(line):
            self._serve(line)
        else:
            self._wait_for(line)

    def _wait_for(self, line):
        ended = subprocess.run(
            ["bash", "-ec", line], cwd=self.here, env=self._env, capture_output=True, text=True, timeout=WITHIN_S
        )
        bare = re.sub(r"^(\w+=\S+ )+", "", line)
        fine = (0, 1, 4) if bare.startswith(JUDGING) else (0,)
        assert ended.returncode in fine, f"{line}\nexit code {ended.returncode}\n{ended.stdout}{ended.stderr}"
        assert "Traceback" not in ended.stderr, f"{line}\n{ended.stderr}"
        if bare.startswith("simulator init"):
            for file in self.here.rglob("simulator.yaml"):
                file.write_text(shortened(file.read_text()))

    def _serve(self, line):
        """Start it, wait until it listens, stop it."""
        words = shlex.split(line, comments=True)
        port = int(words[words.index("--port") + 1]) if "--port" in words else None
        started = subprocess.Popen(
            words, cwd=self.here, env=self._env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        try:
            if port is None:
                assert started.stdout.readline(), line
            deadline_s = time.monotonic() + 20
            while port is not None and not listens(port):
                assert started.poll() is None, f"{line}\n{started.stdout.read()}"
                assert time.monotonic() < deadline_s, f"{line} does not listen"
                time.sleep(0.05)
        finally:
            with contextlib.suppress(ProcessLookupError):
                started.send_signal(signal.SIGTERM)
            output, _ = started.communicate(timeout=20)
        assert "Traceback" not in output, f"{line}\n{output}"


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize(("page", "blocks"), list(pages()))
def test_every_command_runs(page, blocks, ground):
    for block in blocks:
        for line in block.replace("\\\n", " ").splitlines():
            if line.strip() and not line.startswith("#"):
                ground.run(re.split(r"\s{2,}#", line)[0].rstrip())


def test_a_page_that_lies_is_caught(ground):
    with pytest.raises(AssertionError, match="exit code 2"):
        ground.run("simulator run --profile nosuch")
