"""Test files of pytest-playwright, seen as journey files: each test that uses a page is a journey."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from simulator.errors import BringUpError
from simulator.journey.about import About
from simulator.plan.cast import JourneySpec, UserSpec

LEVEL = "end to end"
IN_A_BROWSER = frozenset({"page", "context", "new_context", "browser"})
OUTPUT = "SIMULATOR_TESTS_FILE"
COLLECT_WITHIN_S = 120
ARGUMENTS = (
    "-o", "addopts=", "-p", "no:playwright", "-p", "no:base_url", "-p", "no:simulator", "-p", "no:cacheprovider",
    "-p", "no:xdist", "-p", "simulator.journey.pytest_fixtures",
)  # fmt: skip
"""pytest-playwright's place is taken; its options, and those of other plug-ins, mean nothing here."""

_BROWSER = re.compile("page|context|browser")
_TEST = re.compile(r"^\s*(?:async\s+)?def\s+test|^\s*class\s+Test", re.MULTILINE)
_PARAMETERS = re.compile(r"\[(.*)\]$")


def is_test_file(path: Path) -> bool:
    """Whether pytest would look for tests in it, and there are some: other files may be called like tests, too."""
    return is_called_test(path) and _TEST.search(path.read_text(encoding="utf-8", errors="replace")) is not None


def is_called_test(path: Path) -> bool:
    """Whether pytest would look for tests in it."""
    return path.suffix == ".py" and (path.name.startswith("test_") or path.stem.endswith("_test"))


def may_use_a_browser(path: Path) -> bool:
    """Whether a file's text speaks of what lives in a browser, so that it is worth while to have it collected."""
    try:
        return _BROWSER.search(path.read_text(encoding="utf-8", errors="replace")) is not None
    except OSError:
        return False


def user_of_tests(path: Path) -> UserSpec:
    """The tests of one file; without any journeys when none of them uses a browser.

    Raises:
        BringUpError: pytest cannot collect them; what it said is the detail.
    """
    users, broken = users_of_tests([path])
    if broken:
        raise broken[0]
    return users[0] if users else UserSpec(user_name(path), "browser", str(path))


def users_of_tests(paths: Sequence[Path]) -> tuple[list[UserSpec], list[BringUpError]]:
    """The tests of each file as one browser user, named after the file; and what kept files from being collected.

    A file without a test that uses a browser is no user.
    """
    if not paths:
        return [], []
    try:
        found = _collected(paths)
    except BringUpError as error:
        return [], [error]
    users = []
    for path in paths:
        tests = [t for t in found["tests"] if t["file"] == str(path) and IN_A_BROWSER & set(t["fixtures"])]
        journeys = tuple(_journey(path, test) for test in tests)
        users += [UserSpec(user_name(path), "browser", str(path), journeys=journeys)] if journeys else []
    broken = [_broken(Path(file), detail) for file, detail in found["broken"].items()]
    return users, broken


def _broken(path: Path, detail: str) -> BringUpError:
    return BringUpError(f"the tests of {path.name} cannot be collected", detail=detail)


def user_name(path: Path) -> str:
    """`test_check_out.py` → `TestCheckOut`."""
    return "".join(word.capitalize() for word in path.stem.split("_"))


def _collected(paths: Sequence[Path]) -> dict[str, Any]:
    """`tests`, and `broken` by file.

    Raises:
        BringUpError: pytest itself does not get that far; what it said is the detail.
    """
    with tempfile.TemporaryDirectory(prefix="simulator-tests-") as folder:
        output = Path(folder, "tests.json")
        listing = "simulator.plan.pytest_listing"
        words = [sys.executable, "-m", "pytest", *map(str, paths), "--collect-only", "-q", *ARGUMENTS, "-p", listing]
        found = os.pathsep.join(filter(None, sys.path))
        env = {**os.environ, OUTPUT: str(output), "PYTHONPATH": found, "SIMULATOR_BROWSER_HOST": "1"}
        ended = subprocess.run(
            words, capture_output=True, text=True, check=False, timeout=COLLECT_WITHIN_S, env=env,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        if not output.exists():
            names = ", ".join(path.name for path in paths)
            raise BringUpError(f"the tests of {names} cannot be collected", detail=(ended.stdout + ended.stderr))
        listed: dict[str, Any] = json.loads(output.read_text(encoding="utf-8"))
        return listed


def _journey(path: Path, test: dict[str, Any]) -> JourneySpec:
    tags = frozenset(str(mark) for mark in test["marks"])
    name = _PARAMETERS.sub(lambda found: f" ({found[1]})", str(test["name"]))
    return JourneySpec(
        name=name, tags=tags, summary=str(test["summary"]), file=str(path), line=int(str(test["line"])),
        about=About(level=LEVEL),
    )  # fmt: skip
