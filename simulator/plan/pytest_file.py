"""Test files of pytest-playwright, seen as journey files: each test that uses a page is a journey."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
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

_TEST = re.compile(r"^\s*(?:async\s+)?def\s+test|^\s*class\s+Test", re.MULTILINE)
_PARAMETERS = re.compile(r"\[(.*)\]$")


def is_test_file(path: Path) -> bool:
    """Whether pytest would look for tests in it, and there are some: other files may be called like tests, too."""
    if path.suffix != ".py" or not (path.name.startswith("test_") or path.stem.endswith("_test")):
        return False
    return _TEST.search(path.read_text(encoding="utf-8", errors="replace")) is not None


def user_of_tests(path: Path) -> UserSpec:
    """The tests of a file as one browser user, named after the file.

    Raises:
        BringUpError: pytest cannot collect them; what it said is the detail.
    """
    journeys = tuple(_journey(path, test) for test in _collected(path) if IN_A_BROWSER & set(test["fixtures"]))
    return UserSpec(user_name(path), "browser", str(path), journeys=journeys)


def user_name(path: Path) -> str:
    """`test_check_out.py` → `TestCheckOut`."""
    return "".join(word.capitalize() for word in path.stem.split("_"))


def _collected(path: Path) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="simulator-tests-") as folder:
        output = Path(folder, "tests.json")
        listing = "simulator.plan.pytest_listing"
        words = [sys.executable, "-m", "pytest", str(path), "--collect-only", "-q", *ARGUMENTS, "-p", listing]
        found = os.pathsep.join(filter(None, sys.path))
        env = {**os.environ, OUTPUT: str(output), "PYTHONPATH": found, "SIMULATOR_BROWSER_HOST": "1"}
        ended = subprocess.run(
            words, capture_output=True, text=True, check=False, timeout=COLLECT_WITHIN_S, env=env,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        if ended.returncode not in (0, 5) or not output.exists():
            raise BringUpError(f"the tests of {path.name} cannot be collected", detail=(ended.stdout + ended.stderr))
        tests: list[dict[str, Any]] = json.loads(output.read_text(encoding="utf-8"))
        return tests


def _journey(path: Path, test: dict[str, Any]) -> JourneySpec:
    tags = frozenset(str(mark) for mark in test["marks"])
    name = _PARAMETERS.sub(lambda found: f" ({found[1]})", str(test["name"]))
    return JourneySpec(
        name=name, tags=tags, summary=str(test["summary"]), file=str(path), line=int(str(test["line"])),
        about=About(level=LEVEL),
    )  # fmt: skip
