"""One example under both programs, and what came of it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

WITNESS = Path(__file__).with_name("witness.py")
USERS = 8


@dataclass(frozen=True)
class Seen:
    """What one program did with an example.

    Attributes:
        code: its exit code; `None` when it had to be stopped.
        events: Locust's events that fired.
        requests: "TYPE name" of all requests.
        failing: those of them that failed at least once.
        output: what it printed.
    """

    code: int | None
    events: frozenset[str] = frozenset()
    requests: frozenset[str] = frozenset()
    failing: frozenset[str] = frozenset()
    output: str = ""

    @property
    def lived(self) -> bool:
        """Whether the test began at all."""
        return "test_start" in self.events


@dataclass(frozen=True)
class Example:
    """A published example.

    Attributes:
        file: the script.
        name: its path below the folder of examples.
    """

    file: Path
    name: str
    text: str = field(repr=False, default="")

    @property
    def own_target(self) -> bool:
        """Whether it loads Locust's own web interface."""
        return "web_ui" in self.text

    @property
    def shaped(self) -> bool:
        """Whether it says itself how many users there are."""
        return "LoadTestShape" in self.text


def examples(folder: Path) -> list[Example]:
    """All Python files of the folder."""
    files = sorted(folder.rglob("*.py"))
    return [Example(file, str(file.relative_to(folder)), file.read_text(encoding="utf-8")) for file in files]


def under_locust(example: Example, host: str, seconds: int, work: Path) -> Seen:
    """What `locust` does with it."""
    port = free_port()
    where = f"http://127.0.0.1:{port}" if example.own_target else host
    words = [sys.executable, "-m", "locust", "-f", f"{WITNESS},{example.file}", "--host", where, "-t", f"{seconds}s"]
    words += [] if example.shaped else ["-u", str(USERS), "-r", str(USERS)]
    web = ["--autostart", "--autoquit", "0", "--web-host", "127.0.0.1", "--web-port", str(port)]
    return witnessed([*words, *(web if example.own_target else ["--headless"])], example, seconds, work / "locust")


def under_simulator(example: Example, host: str, seconds: int, work: Path) -> Seen:
    """What `simulator run` does with it."""
    port = free_port()
    where = f"http://127.0.0.1:{port}" if example.own_target else host
    words = [sys.executable, "-m", "simulator", "run", str(WITNESS), str(example.file), "--host", where]
    words += ["--duration", f"{seconds}s", "--out", str(work / "reports")]
    words += [] if example.shaped else ["--users", str(USERS)]
    web = ["--web", f"127.0.0.1:{port}"] if example.own_target else []
    return witnessed([*words, *web], example, seconds, work / "simulator")


def witnessed(words: Sequence[str], example: Example, seconds: int, work: Path) -> Seen:
    """Run a command beside the witness; a command that does not end is stopped."""
    work.mkdir(parents=True, exist_ok=True)
    endless = example.shaped and "locust" in words  # which knows no `-t` beside a shape
    told = work / "witness.json"
    told.unlink(missing_ok=True)
    env = {**os.environ, "WITNESS": str(told), "API_HOST": words[words.index("--host") + 1], "CI": "1"}
    with subprocess.Popen(
        words, cwd=example.file.parent, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as running:
        try:
            output, _ = running.communicate(timeout=seconds + (5 if endless else 40))
            code: int | None = running.returncode
        except subprocess.TimeoutExpired:
            running.send_signal(signal.SIGINT)
            output, code = running.communicate()[0], None
    (work / "output.txt").write_text(output)
    plain = json.loads(told.read_text()) if told.exists() else {"events": {}, "requests": {}}
    requests = plain["requests"]
    failing = frozenset(name for name, (_, bad) in requests.items() if bad)
    return Seen(code, frozenset(plain["events"]), frozenset(requests), failing, output)


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
