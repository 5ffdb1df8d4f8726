"""A folder for what browsers put aside, gone with them, or with the next start when all were killed."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import psutil

PREFIX = "simulator-browsers-"


def make_scratch() -> Path:
    """A new folder for the browsers of this process; what processes left behind that are no more is taken away."""
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        owner = left.name.removeprefix(PREFIX).partition("-")[0]
        if owner.isdigit() and not psutil.pid_exists(int(owner)):
            remove_scratch(left)
    return Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))


def remove_scratch(folder: Path) -> None:
    """Take it away, whatever is in it."""
    shutil.rmtree(folder, ignore_errors=True)
