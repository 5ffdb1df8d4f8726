import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from simulator.document import parse_document
from simulator.node import Problems
from simulator.virtual.remote import Remote
from simulator.virtual.request import Request
from simulator.virtual.service import Service
from simulator.virtual.stub_file import load_stub_file

ROOT = Path(__file__).parent.parent.parent
TOKEN = "token-of-the-tests"


class Running:
    """A `simulator virtual` process."""

    def __init__(self, *words, cwd):
        environ = {**os.environ, "PYTHONPATH": str(ROOT), "SIMULATOR_VIRTUAL_TOKEN": TOKEN}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "simulator", "virtual", *map(str, words)],
            cwd=cwd, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.url = self.process.stdout.readline().strip()
        assert "//" in self.url, self.process.communicate()
        self.control_url = self.process.stdout.readline().split()[1]  # a recorder has none, and says what it records
        self.port = int(self.url.rpartition(":")[2])
        self.remote = Remote("tested", self.control_url, TOKEN)

    def stop(self, number=signal.SIGTERM):
        """Ends it; returns what it still said."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.communicate(timeout=20)


@pytest.fixture
def run(tmp_path):
    started = []

    def start(*words):
        started.append(Running(*words, cwd=tmp_path))
        return started[-1]

    yield start
    for running in started:
        running.stop()


@pytest.fixture
def write(tmp_path):
    def written(text, name="stubs.yaml"):
        path = tmp_path / name
        path.write_text(textwrap.dedent(text))
        return path

    return written


@pytest.fixture
def service(write):
    """Makes a service, in this process and without a socket, from the text of a stub file."""
    return lambda text: Service(load_stub_file(write(text), {}))


@pytest.fixture
def ask():
    def asked(service, method, target, body=b"", now_s=0.0, **headers):
        fields = {name.lower().replace("_", "-"): value for name, value in headers.items()}
        return service.plan(Request(method, target, fields, body if isinstance(body, bytes) else body.encode()), now_s)

    return asked


@pytest.fixture
def node():
    def parsed(text):
        problems = Problems()
        made = parse_document(textwrap.dedent(text), "here", environ={}, problems=problems)
        problems.raise_if_any()
        return made

    return parsed
