"""Importing the engine patches nothing, so that tests and readers beside it stay as they are; `patch` does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("call", "patched"), [("", False), ("from simulator.engine.patch import patch; patch()", True)]
)
def test_only_patch_patches(call, patched):
    script = (
        f"{call}\nimport simulator.engine.drive\nfrom gevent.monkey import is_module_patched\n"
        "print(is_module_patched('socket'))"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=env, check=True)
    assert done.stdout.strip() == str(patched)
