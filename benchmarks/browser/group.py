"""A control group: the kernel counts what all processes in it consume, those that have ended included."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

ROOTS = (Path("/sys/fs/cgroup/cpuacct"), Path("/sys/fs/cgroup"))


class Group:
    """A group of its own, made on entry and removed on exit.

    Attributes:
        path: where it is; `None` where this process may make none.
    """

    def __init__(self) -> None:
        self.path: Path | None = None

    def __enter__(self) -> Group:
        for root in ROOTS:
            path = root / f"benchmark-{os.getpid()}-{time.monotonic_ns()}"
            with suppress(OSError):
                path.mkdir()
                if (path / "cpuacct.usage").exists() or (path / "cpu.stat").exists():
                    self.path = path
                    break
                path.rmdir()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.path is None:
            return
        deadline_s = time.monotonic() + 10
        while time.monotonic() < deadline_s:
            for pid in self.pids():
                with suppress(OSError):
                    os.kill(pid, 9)  # what is still in the group was started by what was measured
            with suppress(OSError):
                self.path.rmdir()
                return
            time.sleep(0.1)

    def command(self, words: Sequence[str]) -> list[str]:
        """The command line that begins in the group."""
        if self.path is None:
            return list(words)
        return ["sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', str(self.path), *words]

    def pids(self) -> list[int]:
        """Who is in it."""
        if self.path is None:
            return []
        return [int(word) for word in (self.path / "cgroup.procs").read_text().split()]

    def cpu_s(self) -> float | None:
        """CPU seconds so far; `None` where there is no group."""
        if self.path is None:
            return None
        usage = self.path / "cpuacct.usage"
        if usage.exists():
            return int(usage.read_text()) / 1e9
        lines = dict(line.split() for line in (self.path / "cpu.stat").read_text().splitlines())
        return int(lines["usage_usec"]) / 1e6
