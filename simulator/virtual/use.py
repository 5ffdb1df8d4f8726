"""Virtual services in tests: `with virtual_service("payments.yaml") as payments: …`."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from simulator.errors import BringUpError
from simulator.virtual.remote import Remote

STOP_WITHIN_S = 5.0
TOKEN_VARIABLE = "SIMULATOR_VIRTUAL_TOKEN"


class VirtualService:
    """A running virtual service.

    Attributes:
        url: where it answers.
    """

    def __init__(self, url: str, remote: Remote) -> None:
        self.url = url
        self._remote = remote

    def requests(self, method: str | None = None, path: str | None = None) -> list[dict[str, Any]]:
        """The requests that it has seen, oldest first: method, target, headers, body, user, stub, status, differences.

        Args:
            method: only those with this method.
            path: only those with this path, whatever their query.
        """
        seen = self._remote.journal(last=10_000)
        return [
            entry for entry in seen
            if method in (None, entry["method"]) and path in (None, entry["target"].partition("?")[0])
        ]  # fmt: skip

    def verify(self, method: str | None = None, path: str | None = None, *, times: int | None = None) -> None:
        """Demand that a request came: at least once, or exactly so many times.

        Raises:
            AssertionError: it did not; the message says what came instead.
        """
        count = len(self.requests(method, path))
        if count == times or (times is None and count):
            return
        came = "\n".join(f"  {entry['method']} {entry['target']}" for entry in self.requests()) or "  nothing"
        wanted = "at least once" if times is None else f"{times} times"
        raise AssertionError(
            f"{method or 'any method'} {path or 'any path'} came {count} times, not {wanted}; came:\n{came}"
        )

    def unmatched(self) -> list[dict[str, Any]]:
        """The requests that no stub answered, with their differences from the nearest."""
        return [entry for entry in self.requests() if entry["stub"] is None]

    def unused(self) -> list[str]:
        """Stubs that have answered nothing."""
        return list(self._remote.status()["unused"])

    def switch(self, *behaviours: str) -> None:
        """Exactly these behaviours are on from now on.

        Raises:
            UsageError: one of them does not exist.
        """
        self._remote.switch(behaviours)

    @contextlib.contextmanager
    def behaving(self, *behaviours: str) -> Iterator[None]:
        """Inside the block these behaviours are on."""
        before = self._remote.status()["on"]
        self.switch(*before, *behaviours)
        try:
            yield
        finally:
            self.switch(*before)

    def reset(self) -> None:
        """Journal, counters and every user's state begin anew."""
        self._remote.reset()


@contextlib.contextmanager
def virtual_service(file: str | Path, *, port: int = 0) -> Iterator[VirtualService]:
    """A virtual service in a process of its own, up inside the block and gone after it.

    Args:
        file: stubs, in YAML or a foreign format.
        port: where it listens; 0 picks a free one.

    Raises:
        BringUpError: the file has mistakes, or the port is taken; with what it said.
    """
    token = secrets.token_urlsafe(18)
    process = _started(["serve", str(file), "--port", str(port)], token)
    try:
        url, control = _told(process)
        yield VirtualService(url, Remote(Path(file).stem, control, token))
    finally:
        _stop(process)


def _started(words: Sequence[str], token: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "simulator", "virtual", *words],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, TOKEN_VARIABLE: token}, start_new_session=True,
    )  # fmt: skip


def _told(process: subprocess.Popen[str]) -> tuple[str, str]:
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    control = process.stdout.readline().split()
    if not url or len(control) < 2:
        _, said = process.communicate()
        raise BringUpError("the virtual service did not start", detail=said.strip())
    return url, control[1]


def _stop(process: subprocess.Popen[str]) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    try:
        process.communicate(timeout=STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
