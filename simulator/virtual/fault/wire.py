"""A connection as faults see it: sends, waits, and the ways of ending it."""

from __future__ import annotations

from typing import Protocol


class Wire(Protocol):
    """One accepted connection."""

    def send(self, content: bytes) -> None:
        """Send all of it."""

    def wait(self, seconds: float) -> None:
        """Let time pass; returns early when the other side has gone."""

    def reset(self) -> None:
        """End it with a reset: the other side sees "connection reset by peer"."""
