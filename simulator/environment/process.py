"""A service that is a command: started in its own process group, its output kept, stopped with all its children."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from simulator.environment.group import ask_to_end, end
from simulator.errors import BringUpError

STOP_WITHIN_S = 5.0
_PR_SET_PDEATHSIG = 1


class ServiceProcess:
    """A running command.

    Attributes:
        name: the service's name.
        log: the file that holds what it printed.
    """

    def __init__(self, name: str, command: str, log: Path, *, env: Mapping[str, str], cwd: str | None = None,
                 survives: bool = False) -> None:  # fmt: skip
        """Start it; `survives` lets it live on when this process is killed.

        Raises:
            BringUpError: the command does not exist or cannot be started.
        """
        self.name = name
        self.log = log
        words = own_command(shlex.split(command))
        if not words or shutil.which(words[0]) is None:
            raise BringUpError(f"service {name!r}: there is no command {words[0] if words else command!r}")
        with log.open("ab") as output:
            try:
                self._process = subprocess.Popen(
                    words,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    cwd=cwd,
                    env={**os.environ, **env},
                    start_new_session=True,
                    preexec_fn=None if survives else _dies_with_us(),
                )
            except OSError as error:
                raise BringUpError(f"service {name!r} cannot be started: {error.strerror}: {command}") from error

    @property
    def pid(self) -> int:
        """Its process id, which is also its group's."""
        return self._process.pid

    @property
    def how_to_stop(self) -> str:
        """The command that ends it with all its children."""
        return f"kill -- -{self._process.pid}"

    def exit_code(self) -> int | None:
        """How it ended, or `None` while it runs."""
        return self._process.poll()

    def last_words(self, lines: int = 12) -> str:
        """The last lines that it printed."""
        with contextlib.suppress(OSError):
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        return ""

    def stop(self) -> None:
        """End the whole group: asked first, then without asking."""
        ask_to_end(self._process.pid)
        ends_s = time.monotonic() + STOP_WITHIN_S
        while self._process.poll() is None and time.monotonic() < ends_s:
            time.sleep(0.02)
        end(self._process.pid)
        self._process.wait()


def own_command(words: list[str]) -> list[str]:
    """The same command; `simulator` is this very program and `python` its interpreter, on the PATH or not."""
    if words[:1] == ["simulator"]:
        return [sys.executable, "-m", "simulator", *words[1:]]
    return [sys.executable, *words[1:]] if words[:1] == ["python"] else words


def _dies_with_us() -> Callable[[], None] | None:
    """On Linux the kernel ends the command when we are killed without a chance to do it ourselves."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
