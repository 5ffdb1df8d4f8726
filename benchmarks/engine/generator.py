"""A load generator on a core of its own, and what it costs."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

import psutil

from benchmarks.engine.target import Target

CORE = 0
UP_WITHIN_S = 60.0


class Generator:
    """A generator's process and all its children, pinned to one core; killed on exit.

    Args:
        command: as for `subprocess`.
        env: besides this process's own.
        core: where it may run; a text as `taskset` takes it.
    """

    def __init__(self, command: Sequence[str], env: Mapping[str, str], core: int | str = CORE) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="benchmark-generator-")
        self._log = Path(self._folder.name, "log")
        pinned = ["taskset", "-c", str(core), *command]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                pinned, stdout=log, stderr=log, cwd=self._folder.name, env={**os.environ, **env}, start_new_session=True
            )

    def __enter__(self) -> Generator:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            for process in self.processes():  # workers have sessions of their own
                process.kill()
        self._process.wait()
        self._folder.cleanup()

    @property
    def folder(self) -> Path:
        """Where it runs."""
        return Path(self._folder.name)

    def await_users(self, target: Target, users: int) -> None:
        """Wait until each user has its connection.

        Raises:
            RuntimeError: it ended before, or took too long.
        """
        deadline_s = time.monotonic() + UP_WITHIN_S
        while target.connections() < users:
            self.check()
            if time.monotonic() > deadline_s:
                raise RuntimeError(f"only {target.connections()} of {users} users came:\n{self._log.read_text()}")
            time.sleep(0.1)

    def check(self) -> None:
        """Make sure that it still runs.

        Raises:
            RuntimeError: it does not.
        """
        if self._process.poll() is not None:
            raise RuntimeError(f"the generator ended by itself:\n{self._log.read_text()[-3000:]}")

    def freeze(self) -> None:
        """Hold all its processes still."""
        self._send(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let all of them go on."""
        self._send(signal.SIGCONT)

    def wait(self) -> str:
        """Wait for its end; returns what it printed."""
        self._process.wait()
        return self._log.read_text()

    def memory_bytes(self) -> int:
        """Proportional share of memory of all processes."""
        return sum(process.memory_full_info().pss for process in self.processes())

    def _send(self, what: signal.Signals) -> None:
        for process in self.processes():
            process.send_signal(what)

    def cpu_s(self) -> float:
        """User and system time of all its processes so far."""
        return sum(cpu_s_of(process) for process in self.processes())

    def processes(self) -> list[psutil.Process]:
        """The one that was started, and all below it."""
        root = psutil.Process(self._process.pid)
        return [root, *root.children(recursive=True)]


def cpu_s_of(process: psutil.Process) -> float:
    """User and system time that a process has taken so far."""
    times = process.cpu_times()
    return float(times.user + times.system)
