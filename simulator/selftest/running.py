"""A fault server in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType

from simulator.selftest.seen import Seen, read_log

END_WITHIN_S = 5.0


class RunningServer:
    """Started when made, ended with its `with` block or `stop`.

    Args:
        log: the file of its log.
        port: where it listens; 0 for any.
        address: likewise.

    Attributes:
        url: its address.
        pid: its process.
    """

    def __init__(self, log: Path, port: int = 0, address: str = "127.0.0.1") -> None:
        self._log = log
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        command = [sys.executable, "-m", "simulator.selftest", str(log), "--port", str(port), "--address", address]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env, start_new_session=True
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        self.pid = self._process.pid
        self.url = f"http://{address}:{self.port}"

    def log(self) -> list[Seen]:
        """What it has seen so far."""
        return read_log(self._log)

    def seen(self) -> list[tuple[str, str, str]]:
        """Method, path and ending of each request so far."""
        return [(each.method, each.path, each.ending) for each in self.log()]

    def kill(self) -> None:
        """As `kill -9`."""
        self._process.kill()
        self._close()

    def stop(self) -> None:
        """End it; what is under way is cut off."""
        self._process.terminate()
        self._close()

    def _close(self) -> None:
        self._process.wait(END_WITHIN_S)
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()

    def __enter__(self) -> RunningServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
