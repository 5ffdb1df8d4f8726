"""A plug-in of pytest that writes down what was collected, for `simulator.plan.pytest_file`."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

OUTPUT = "SIMULATOR_TESTS_FILE"
NO_TAGS = frozenset({"parametrize", "usefixtures", "filterwarnings", "skipif", "browser_context_args"})


def pytest_collection_finish(session: pytest.Session) -> None:
    """Write the tests down; those that are skipped whatever happens are left out."""
    tests = [_plain(item) for item in session.items if isinstance(item, pytest.Function) and not _skipped(item)]
    Path(os.environ[OUTPUT]).write_text(json.dumps(tests), encoding="utf-8")


def _plain(item: pytest.Function) -> dict[str, object]:
    about = (item.function.__doc__ or "").strip().partition("\n")[0]
    marks = sorted({mark.name for mark in item.iter_markers()} - NO_TAGS)
    name = item.nodeid.split("::", 1)[1].replace("::", ".")
    line = item.location[1]
    return {
        "name": name, "fixtures": list(item.fixturenames), "marks": marks, "summary": about, "line": (line or 0) + 1,
    }  # fmt: skip


def _skipped(item: pytest.Function) -> bool:
    return item.get_closest_marker("skip") is not None
