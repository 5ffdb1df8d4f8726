"""Our client behaves as `requests` does, on a table of what servers send."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[2]


def _cases() -> list[tuple[str, str, dict]]:
    spec = importlib.util.spec_from_file_location("ask", HERE / "ask.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.CASES


CASES = _cases()
BETTER = {
    "/103": "requests takes the interim answer for the answer",
    "/half-head": "requests takes half a head for an answer",
    "/oddcase": "requests keeps blanks behind a value",
    "/zstd": "requests unpacks it only with one more package",
    "/json-utf16": "requests refuses, json takes it",
}
CLASSES = {
    "/redirect-loop": "redirects",
    "/short": "reset",
    "/short-chunk": "reset",
    "/half-head": "reset",
    "/nothing": "reset",
    "/garbage": "protocol",
    "/bad-chunk": "protocol",
    "/bad-gzip": "protocol",
    "/bad-br": "protocol",
    "/bad-zstd": "protocol",
    "/silent": "timeout",
}


@pytest.fixture(scope="module")
def told() -> Iterator[dict[str, list[dict]]]:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(HERE / "awkward_server.py")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        port = server.stdout.readline().strip()
        ask = {
            which: subprocess.Popen(
                [sys.executable, str(HERE / "ask.py"), which, port],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env=env,
            )
            for which in ("ours", "requests")
        }
        outputs = {which: process.communicate(timeout=60) for which, process in ask.items()}
        server.stdin.close()
    assert not [errors for _, errors in outputs.values() if errors], outputs
    yield {which: json.loads(out) for which, (out, _) in outputs.items()}


@pytest.mark.parametrize("at", range(len(CASES)), ids=[f"{m} {p} {list(o)}" for m, p, o in CASES])
def test_the_answer_is_the_one_that_requests_gives(told, at):
    _, path, _ = CASES[at]
    ours, theirs = told["ours"][at], told["requests"][at]
    if path in CLASSES:
        assert ours == {"failed": True, "class": CLASSES[path]}
    elif path not in BETTER:
        assert ours == theirs


def test_where_we_differ_we_are_right(told):
    ours = {path: answer for (_, path, _), answer in zip(CASES, told["ours"], strict=True)}
    assert (ours["/103"]["status"], ours["/103"]["content"]) == (200, "after the hint")
    assert ours["/zstd"]["content"] == "zstd " * 100
    assert ours["/json-utf16"]["json"] == {"a": "ü"}
    assert ours["/oddcase"]["headers"] == [["content-length", "5"], ["x-thing", "a, b"]]
