"""Process groups: a command with everything that it starts, asked to end or ended together.

The only place that knows how systems differ here. POSIX has groups; elsewhere the children are looked up.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from typing import Any

import psutil

_HAS_GROUPS = hasattr(os, "killpg")


def ask_to_end(pid: int) -> bool:
    """Ask a group to end; returns whether there was anybody to ask."""
    return _send(pid, "SIGTERM")


def end(pid: int) -> bool:
    """End a group without asking; returns whether there was anything to end."""
    return _send(pid, "SIGKILL")


def members(pid: int) -> Iterator[psutil.Process]:
    """The processes of a group that still run."""
    for process in psutil.process_iter() if _HAS_GROUPS else _family(pid):
        with contextlib.suppress(OSError, psutil.Error):
            inside = not _HAS_GROUPS or os.getpgid(process.pid) == pid
            if inside and process.status() != psutil.STATUS_ZOMBIE:
                yield process


def _send(pid: int, name: str) -> bool:
    if _HAS_GROUPS:
        try:
            os.killpg(pid, getattr(signal, name))
        except (ProcessLookupError, PermissionError):
            return False
        return True
    family = _family(pid)
    for process in family:
        with contextlib.suppress(psutil.Error):
            process.terminate() if name == "SIGTERM" else process.kill()
    return bool(family)


def _family(pid: int) -> list[Any]:
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []
