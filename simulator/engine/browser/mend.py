"""Gets a browser when there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence

from simulator.engine.browser.locate import Browser, find_browser
from simulator.errors import BringUpError

PACKAGE = "chromium-headless-shell"
PLAYWRIGHT = (sys.executable, "-m", "playwright", "install", "--only-shell", "chromium")
PLAYWRIGHT_WITHIN_S = 120
APT_WITHIN_S = 600


def fix_browser(
    tell: Callable[[str], None], run: Callable[[Sequence[str], float], str | None] | None = None
) -> Browser:
    """The browser that is here, else one that is now installed.

    Tries Playwright's own headless shell first (closed networks refuse it at once), then the system's package where
    this process may install it.

    Args:
        tell: is told, a line at a time, what is being done.
        run: runs a command within so many seconds and returns what went wrong, or `None`; for tests.

    Raises:
        BringUpError: it did not work; the hint is the one command to run.
    """
    run = run or _run
    browser = _found()
    for attempt in _attempts(tell, run):
        if browser is None:
            attempt()
            browser = _found()
    if browser is not None:
        return browser
    raise BringUpError("no browser could be installed", hint=f"as root: apt-get update && apt-get install -y {PACKAGE}")


def _attempts(
    tell: Callable[[str], None], run: Callable[[Sequence[str], float], str | None]
) -> list[Callable[[], bool]]:
    def attempt(command: Sequence[str], within_s: float) -> bool:
        tell(f"running: {' '.join(command)}")
        problem = run(command, within_s)
        if problem:
            tell(f"that did not work: {problem}")
        return problem is None

    def package() -> bool:
        install = ("apt-get", "install", "-y", PACKAGE)
        return attempt(install, APT_WITHIN_S) or (
            attempt(("apt-get", "update"), APT_WITHIN_S) and attempt(install, APT_WITHIN_S)
        )

    found: list[Callable[[], bool]] = [lambda: attempt(PLAYWRIGHT, PLAYWRIGHT_WITHIN_S)]
    return [*found, package] if _may_install() else found


def _found() -> Browser | None:
    try:
        return find_browser()
    except BringUpError:
        if os.environ.get("SIMULATOR_BROWSER"):
            raise
        return None


def _may_install() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def _run(command: Sequence[str], within_s: float) -> str | None:
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            timeout=within_s,
            env=environ,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        return f"no end after {within_s:g} s"
    except OSError as error:
        return str(error)
    if done.returncode == 0:
        return None
    return _reason(f"{done.stdout}\n{done.stderr}") or f"exit code {done.returncode}"


def _reason(output: str) -> str | None:
    """The line of an output that says what went wrong: the first that calls itself an error, else the last."""
    lines = [line.strip() for line in output.splitlines() if any(letter.isalpha() for letter in line)]
    blamed = [line for line in lines if line.lower().startswith(("error", "e:", "failed"))]
    return next(iter(blamed), lines[-1] if lines else None)
