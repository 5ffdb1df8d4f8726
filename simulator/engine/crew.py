"""Worker processes on this machine."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO

from simulator.engine.key import VARIABLE

END_WITHIN_S = 10.0
PARENT = "SIMULATOR_MASTER_PID"
"""The environment variable by which a worker knows whose it is."""


class Crew:
    """Starts `simulator worker` so many times, each in a session of its own, so that Ctrl-C reaches only the master.

    Args:
        count: how many.
        files: the journey files.
        cwd: where they run.
    """

    def __init__(self, count: int, files: Sequence[str], cwd: Path) -> None:
        self._count, self._files, self._cwd = count, files, cwd
        self._processes: list[subprocess.Popen[bytes]] = []
        self._logs: list[IO[bytes]] = []

    @property
    def count(self) -> int:
        """How many there are."""
        return self._count

    def start(self, port: int, key: str = "") -> None:
        """Start them; they connect to the master at this port, with this key."""
        command = [sys.executable, "-m", "simulator", "worker", "--master", f"127.0.0.1:{port}", *self._files]
        for _ in range(self._count):
            log = tempfile.TemporaryFile()  # noqa: SIM115 - closed on exit, read before
            self._logs.append(log)
            self._processes.append(
                subprocess.Popen(
                    command,
                    cwd=self._cwd,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    env={**os.environ, PARENT: str(os.getpid()), VARIABLE: key},
                )  # fmt: skip
            )

    def pids(self) -> list[int]:
        """Their process ids."""
        return [process.pid for process in self._processes]

    def dead(self) -> set[int]:
        """Process ids of those that have ended."""
        return {process.pid for process in self._processes if process.poll() is not None}

    def last_words(self) -> str:
        """What those printed that ended badly."""
        said = []
        for process, log in zip(self._processes, self._logs, strict=True):
            if process.poll():
                log.seek(0)
                said.append(log.read().decode(errors="replace").strip()[-2000:])
        return "\n".join(filter(None, said))

    def __enter__(self) -> Crew:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            if kind is not None and process.poll() is None:
                process.terminate()
        for process, log in zip(self._processes, self._logs, strict=True):
            try:
                process.wait(END_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            log.close()
