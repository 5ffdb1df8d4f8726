"""A real server for tests: its binaries found, started on a free port in a temporary folder, stopped after."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

GUARD = str(Path(__file__).with_name("guard.py"))
PLACES = ("/usr/lib/postgresql/*/bin", "/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin", "/usr/sbin", "/usr/bin")


class NotThere(Exception):
    """The server cannot be started here; the message says why."""


def binary(name, package):
    """The path of a server's binary."""
    found = shutil.which(name)
    for place in PLACES:
        for path in sorted(Path("/").glob(f"{place[1:]}/{name}"), reverse=True):
            return str(path)
    if found is None:
        raise NotThere(f"{name} is not installed (Debian package {package})")
    return found


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    """A server's process and all that it starts; everything is gone after `stop`."""

    def __init__(self, command, folder, *, env=None, user=None):
        if user is not None and os.getuid() == 0:
            command = ["runuser", "-u", user, "--", *command]
        self._log = (folder / "server.log").open("ab")
        self._popen = subprocess.Popen(
            [sys.executable, GUARD, *command], cwd=folder, env={**os.environ, **(env or {})}, stdin=subprocess.PIPE,
            stdout=self._log, stderr=self._log, start_new_session=True,
        )  # fmt: skip
        self._path = folder / "server.log"

    def await_ready(self, ready, within_s):
        """Until `ready()` says so."""
        ends_s = time.monotonic() + within_s
        while not ready():
            if self._popen.poll() is not None:
                raise NotThere(f"it ended with {self._popen.returncode}: {self._path.read_text()[-800:]}")
            if time.monotonic() > ends_s:
                self.stop()
                raise NotThere(f"it was not ready within {within_s} s: {self._path.read_text()[-800:]}")
            time.sleep(0.05)

    def stop(self):
        self._popen.stdin.close()
        self._popen.wait()
        self._log.close()


def accepts(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False
