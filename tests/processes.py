"""Processes that may end at any moment, also between two words about them."""

from __future__ import annotations

from contextlib import suppress

import psutil


def command(process: psutil.Process) -> list[str]:
    """Its command line; empty when it has just ended."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def kill(process: psutil.Process) -> None:
    """End it, unless it has just ended by itself or with another."""
    with suppress(psutil.NoSuchProcess):
        process.kill()
