"""Wakes the loop at an exact moment: a timerfd on Linux, gevent's own timer (to the millisecond) elsewhere."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable
from time import monotonic
from typing import Any

from gevent import get_hub

_CLOCK_MONOTONIC = 1
_NONBLOCK_CLOEXEC = 0o4000 | 0o2000000
_ABSOLUTE = 1
_READ = 1


class Alarm:
    """Calls back in the hub at a moment of the monotonic clock.

    Args:
        ring: called in the hub; it must not block.
    """

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._loop: Any = get_hub().loop
        self._timer: Any = None
        self._file: int | None = _timerfd() if sys.platform == "linux" else None
        if self._file is not None:
            self._watcher = self._loop.io(self._file, _READ)
            self._watcher.start(self._rung)

    def at(self, moment_s: float) -> None:
        """Ring at this moment, instead of whenever it was set to before; at once when the moment has passed."""
        if self._file is not None:
            _set(self._file, max(moment_s, monotonic() + 1e-6))
            return
        self._stop_timer()
        self._timer = self._loop.timer(max(0.0, moment_s - monotonic()))
        self._timer.start(self._ring, update=True)

    def close(self) -> None:
        """Never ring again."""
        self._stop_timer()
        if self._file is not None:
            self._watcher.stop()
            self._watcher.close()
            os.close(self._file)
            self._file = None

    def _rung(self) -> None:
        assert self._file is not None
        try:
            os.read(self._file, 8)
        except BlockingIOError:
            return
        self._ring()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer.close()
            self._timer = None


def _timerfd() -> int | None:
    """A timer as a file, or `None` where the C library has none."""
    try:
        file: int = ctypes.CDLL(None).timerfd_create(_CLOCK_MONOTONIC, _NONBLOCK_CLOEXEC)
    except (OSError, AttributeError):
        return None
    return file if file >= 0 else None


def _set(file: int, moment_s: float) -> None:
    seconds = int(moment_s)
    nanoseconds = int((moment_s - seconds) * 1e9)
    value = (ctypes.c_long * 4)(0, 0, seconds, nanoseconds)
    ctypes.CDLL(None).timerfd_settime(file, _ABSOLUTE, ctypes.byref(value), None)
