"""Names that do not exist, that nobody answers for, and that move in mid-run: with a name server of the test's own."""

import json
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from tests.command_line import ROOT

fault = pytest.mark.fault


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    for needed in (["unshare", "-mn", "true"], ["ip", "-V"]):
        try:
            subprocess.run(needed, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            pytest.skip(f"`{' '.join(needed)}` is not allowed here: a name server needs a network of its own")
    folder = tmp_path_factory.mktemp("dns")
    command = ["unshare", "-mn", "--kill-child", sys.executable, "-m", "tests.faults.dns_world", str(folder)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(command, capture_output=True, text=True, env=env, cwd=ROOT, timeout=120)
    assert ended.returncode == 0, ended.stderr
    return SimpleNamespace(**json.loads(ended.stdout))


def errors(world, step):
    return {row["class"] for row in world.document["errors"] if row["step"] == step}


@fault(12, "a name does not exist", "an error class of its own, and no answer of 0 ms")
def test_an_unknown_name_has_a_class_of_its_own(world):
    assert errors(world, "unknown") == {"dns"}
    assert "unknown.test 1" in world.asked
    [row] = [row for row in world.document["series"] if row["step"] == "unknown" and row["phase"] is None
             and row["level"] == "operation"]  # fmt: skip
    assert row["count"] == row["errors"] > 0
    assert row["p50_s"] is None


@fault(12, "the name server does not answer", "the lookup counts into the operation's deadline: a timeout, no hang")
def test_a_silent_name_server_ends_with_the_deadline(world):
    assert errors(world, "silent") <= {"timeout", "dns"}
    assert errors(world, "silent")
    assert world.document["duration_s"] < 60


@fault(12, "a name leads somewhere else from mid-run on", "the new address is used once the old answer's time is over")
def test_a_name_that_moves_is_followed(world):
    assert world.first >= 5
    assert world.second >= 5, world.said
