"""`pytest journeys/`: the journeys and contracts of a project as tests, each run once.

The journeys run in a process of their own (`simulator run --once`), all that were collected together, in the order of
their dependencies; pytest reports what came of each. Nothing is patched in pytest's own process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

OPTIONS = ("environment", "host", "retries", "slots")
SUFFIXES = (".py", ".yaml", ".yml", ".json")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options that are handed on to `simulator run --once`."""
    group = parser.getgroup("simulator", "journeys as tests")
    for name in OPTIONS:
        group.addoption(f"--simulator-{name}", metavar=name.upper(), help=f"`simulator run --once --{name}`")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A journey file of a project with a `simulator.yaml`; anything else is none of our business."""
    root = parent.config.rootpath
    if file_path.suffix not in SUFFIXES or not (root / "simulator.yaml").is_file():
        return None
    if file_path.name.startswith(("test_", "_")) or file_path.name == "conftest.py":
        return None
    if not any(file_path.is_relative_to(folder) for folder in _journey_folders(root)):
        return None
    from simulator.plan.journey_file import can_act

    if not can_act(file_path):
        return None
    found: pytest.Collector = JourneyFile.from_parent(parent, path=file_path)
    return found


class JourneyFile(pytest.File):
    """The journeys of one file."""

    def collect(self) -> Iterator[pytest.Item]:
        """One test for each journey; a file that cannot be imported is an error with the author's traceback."""
        ended = _simulator(self.config.rootpath, "list", str(self.path), "--format", "json")
        if ended.returncode:
            raise self.CollectError(ended.stderr.strip())
        for user in json.loads(ended.stdout)["users"]:
            for journey in user["journeys"]:
                yield JourneyTest.from_parent(self, name=f"{user['name']}.{journey['name']}")


class JourneyTest(pytest.Item):
    """One journey."""

    def runtest(self) -> None:
        """Ask what came of it; the first to ask runs them all."""
        outcome = _outcomes(self.session)[self.name]
        if outcome["result"] == "skipped":
            pytest.skip(outcome["reason"])
        if outcome["result"] == "failed":
            raise JourneyFailedError(outcome["reason"])
        if outcome["result"] == "flaky":
            self.add_report_section("call", "flaky", f"passed on attempt {outcome['attempts']}: {outcome['reason']}")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        """The journey's own reason; a traceback of ours would say nothing."""
        return str(excinfo.value)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where it is written."""
        return self.path, None, self.name


class JourneyFailedError(Exception):
    """A journey that did not succeed."""


_OUTCOMES = pytest.StashKey[dict[str, Any]]()


def _outcomes(session: pytest.Session) -> dict[str, Any]:
    if _OUTCOMES not in session.stash:
        names = [item.name for item in session.items if isinstance(item, JourneyTest)]
        session.stash[_OUTCOMES] = _run(session.config, names)
    return session.stash[_OUTCOMES]


def _run(config: pytest.Config, names: Sequence[str]) -> dict[str, Any]:
    given = [(name, config.getoption(f"--simulator-{name}")) for name in OPTIONS]
    options = [word for name, value in given if value is not None for word in (f"--{name}", value)]
    with tempfile.TemporaryDirectory() as folder:
        chosen = " or ".join(f"name:{name}" for name in names)
        words = ["run", "--once", "--select", chosen, "--out", folder, "--quiet", *options]
        ended = _simulator(config.rootpath, *words)
        documents = list(Path(folder).glob("*/run.json"))
        if not documents:
            raise JourneyFailedError(ended.stderr.strip() or ended.stdout.strip())
        found = json.loads(documents[0].read_text(encoding="utf-8"))["outcomes"]
    return {outcome["item"]: outcome for outcome in found}


def _journey_folders(root: Path) -> list[Path]:
    from simulator.errors import SimulatorError
    from simulator.plan.project import Project, load_project

    try:
        project = load_project(root, os.environ)
    except SimulatorError:
        project = Project(root)  # what is wrong with the file is told when the journeys run
    return [root / path for path in project.journeys]


def _simulator(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "simulator", *words]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
