"""Servers of tests end with the tests, however those end."""

import signal
import subprocess
import sys
import time

import psutil
import pytest

OWNER = """
import sys, pathlib
from tests.servers.server import Process
server = Process(["sh", "-c", "sleep 600 & wait"], pathlib.Path(sys.argv[1]))
print(server._popen.pid, flush=True)
if sys.stdin.read() == "stop":
    server.stop()
    print("stopped", flush=True)
    sys.stdin.close()
"""


@pytest.fixture
def owner(tmp_path):
    """Somebody who has started a server, and all processes of the server."""
    command = [sys.executable, "-c", OWNER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        guard = psutil.Process(int(process.stdout.readline()))
        until_s = time.monotonic() + 20
        while len(guard.children(recursive=True)) < 2:  # the shell and its sleep
            assert process.poll() is None
            assert time.monotonic() < until_s, "the server did not start"
        yield process, [guard, *guard.children(recursive=True)]
        process.kill()


def test_a_server_ends_with_a_test_run_that_is_killed(owner):
    process, family = owner
    process.send_signal(signal.SIGKILL)
    assert psutil.wait_procs(family, timeout=20)[1] == []


def test_stopping_waits_until_all_of_a_server_is_gone(owner):
    process, family = owner
    said, _ = process.communicate("stop")
    assert said == "stopped\n"
    assert [each for each in family if each.is_running()] == []
