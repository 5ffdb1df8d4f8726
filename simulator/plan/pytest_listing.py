"""A plug-in of pytest that writes down what was collected, for `simulator.plan.pytest_file`."""

from __future__ import annotations

import json
import os
from collections.abc import Generator
from pathlib import Path

import pytest

OUTPUT = "SIMULATOR_TESTS_FILE"
NO_TAGS = frozenset({"parametrize", "usefixtures", "filterwarnings", "skipif", "browser_context_args"})


Reporting = Generator[None, pytest.CollectReport, pytest.CollectReport]
_BROKEN = pytest.StashKey[dict[str, str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Nothing is broken so far."""
    config.stash[_BROKEN] = {}


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Reporting:
    """Note a file that cannot be collected, with what pytest says of it."""
    report = yield
    if report.failed:
        collector.config.stash[_BROKEN][str(collector.path)] = report.longreprtext
    return report


def pytest_collection_finish(session: pytest.Session) -> None:
    """Write the tests down, and what kept files from being collected; tests that are always skipped are left out."""
    tests = [_plain(item) for item in session.items if isinstance(item, pytest.Function) and not _skipped(item)]
    found = {"tests": tests, "broken": session.config.stash[_BROKEN]}
    Path(os.environ[OUTPUT]).write_text(json.dumps(found), encoding="utf-8")


def _plain(item: pytest.Function) -> dict[str, object]:
    about = (item.function.__doc__ or "").strip().partition("\n")[0]
    marks = sorted({mark.name for mark in item.iter_markers()} - NO_TAGS)
    name = item.nodeid.split("::", 1)[1].replace("::", ".")
    line = item.location[1]
    return {
        "file": str(item.path), "name": name, "fixtures": list(item.fixturenames), "marks": marks, "summary": about,
        "line": (line or 0) + 1,
    }  # fmt: skip


def _skipped(item: pytest.Function) -> bool:
    return item.get_closest_marker("skip") is not None
