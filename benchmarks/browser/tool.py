"""A tool whose users go round, which can be held still while another one has the machine."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from benchmarks.browser.family import pss_bytes
from benchmarks.browser.group import Group
from benchmarks.browser.peer import Peer
from benchmarks.browser.shop import Shop
from benchmarks.browser.spent import Spent

WARM_WITHIN_S = 120.0
WARM_JOURNEYS = 20
END_WITHIN_S = 10.0


class Tool:
    """A tool's processes, started on entry and ended on exit.

    Args:
        peer: which tool.
        shop: where its users go.
        users: how many.
        browser: the executable.

    Raises:
        RuntimeError: no control group can be made here; this needs Linux and root.
    """

    def __init__(self, peer: Peer, shop: Shop, users: int, browser: str) -> None:
        self.peer, self._shop, self._users, self._browser = peer, shop, users, browser
        self._group = Group()

    def __enter__(self) -> Tool:
        self._folder = tempfile.TemporaryDirectory(prefix="benchmark-browser-")
        self._log = Path(self._folder.name, "log")
        self._group.__enter__()
        if self._group.path is None:
            raise RuntimeError("no control group can be made here; this needs Linux and root")
        env = self.peer.env(self._shop.host, self._users, self._browser)
        env = {name: value.replace("$BROWSER", self._browser) for name, value in env.items()}
        words = [word.replace("$HOST", self._shop.host) for word in self.peer.command(self._users)]
        with self._log.open("wb") as out:
            self._process = subprocess.Popen(
                self._group.command(words), stdout=out, stderr=out, cwd=self._folder.name, env=env,
                start_new_session=True,
            )  # fmt: skip
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.thaw()
        self._end()
        self._group.__exit__(kind, error, trace)
        self._folder.cleanup()

    def warm_up(self) -> None:
        """Wait until Node has compiled what it runs often.

        Raises:
            RuntimeError: it ended by itself, or its users do not get through.
        """
        wanted, deadline_s = self._shop.orders() + WARM_JOURNEYS + self._users, time.monotonic() + WARM_WITHIN_S
        while self._shop.orders() < wanted:
            self.check()
            if time.monotonic() > deadline_s:
                raise RuntimeError(f"no journeys:\n{self._said()}")
            time.sleep(0.2)

    def check(self) -> None:
        """Make sure that it still runs.

        Raises:
            RuntimeError: it does not.
        """
        if self._process.poll() is not None:
            raise RuntimeError(f"{self.peer.name} ended by itself:\n{self._said()}")

    def freeze(self) -> None:
        """Stop every process of it, those that were started meanwhile included."""
        stopped: set[int] = set()
        while more := set(self._group.pids()) - stopped:
            _send(more, signal.SIGSTOP)
            stopped |= more

    def thaw(self) -> None:
        """Let all of it go on."""
        _send(set(self._group.pids()), signal.SIGCONT)

    def spent(self) -> Spent:
        """What it took so far, browsers that have ended included."""
        return Spent.by(self._group, self._process.pid)

    def memory_bytes(self) -> int:
        """PSS of all its processes now."""
        return pss_bytes(self._process.pid)

    def _said(self) -> str:
        return self._log.read_text(errors="replace")[-3000:]

    def _end(self) -> None:
        """Nobody else is in its session, except browsers that made one of their own and end with their driver."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(END_WITHIN_S)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()


def _send(pids: set[int], what: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, what)
