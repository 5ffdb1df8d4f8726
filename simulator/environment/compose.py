"""A service that is a Compose file, brought up and down by the `docker compose` command."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from simulator.errors import BringUpError

DOWN_WITHIN_S = 60.0


class ComposeService:
    """A running Compose project.

    Attributes:
        name: the service's name.
        log: the file that holds what the command printed.
    """

    def __init__(self, name: str, file: str, log: Path, *, env: Mapping[str, str], cwd: str, within_s: float) -> None:
        """Bring it up, and wait until its own health checks pass.

        Raises:
            BringUpError: there is no `docker`, no daemon answers, or something in the file does not come up.
        """
        self.name = name
        self.log = log
        self._file = file
        self._cwd = cwd
        self._env = {**os.environ, **env}
        self._project = f"simulator-{name.lower()}-{os.getpid()}"
        if shutil.which("docker", path=self._env.get("PATH")) is None:
            raise BringUpError(f"service {name!r}: there is no command 'docker'",
                               hint="install Docker with Compose, or give the service a command")  # fmt: skip
        if self._compose("up", "--detach", "--wait", within_s=within_s) != 0:
            words = self.last_words()
            self.stop()
            raise BringUpError(f"service {name!r}: docker compose could not bring {file} up", detail=words)

    pid: int | None = None

    def exit_code(self) -> int | None:
        """Containers are watched by Docker, not by us."""
        return None

    def last_words(self, lines: int = 12) -> str:
        """The last lines that the command printed."""
        with contextlib.suppress(OSError):
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        return ""

    def stop(self) -> None:
        """Bring it down, its volumes with it; its logs are kept first."""
        self._compose("logs", "--no-color", within_s=DOWN_WITHIN_S)
        self._compose("down", "--volumes", "--remove-orphans", within_s=DOWN_WITHIN_S)

    @property
    def how_to_stop(self) -> str:
        """The command that brings it down."""
        return f"docker compose --project-name {self._project} --file {self._file} down --volumes"

    def _compose(self, *words: str, within_s: float) -> int:
        command = ["docker", "compose", "--project-name", self._project, "--file", self._file, *words]
        with self.log.open("ab") as output:
            try:
                ended = subprocess.run(
                    command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                    cwd=self._cwd, env=self._env, timeout=within_s, check=False,
                )  # fmt: skip
            except subprocess.TimeoutExpired:
                output.write(f"no end within {within_s:g} s: {' '.join(command)}\n".encode())
                return 1
        return ended.returncode
