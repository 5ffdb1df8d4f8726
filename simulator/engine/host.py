"""What the engine asks of whoever runs browsers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from simulator.record.recorder import Recorder


class JourneyHost(Protocol):
    """Runs journeys outside of this process; every call blocks only the greenlet that makes it."""

    def start(self, recorder: Recorder) -> None:
        """Come up; from now on everything measured goes to this recorder.

        Raises:
            BringUpError: no browser, or it does not start.
        """

    def begin_phase(self, phase: str) -> None:
        """From now on what begins belongs to this phase."""

    def run(self, user: str, number: int, journey: str, planned_s: float | None, phase: str = "") -> None:
        """Take a user through a journey; its samples are with the recorder when this returns.

        A failed journey is a sample, not an exception. When the waiting greenlet is killed the journey is recorded as
        cut off.

        Args:
            user: the user class.
            number: the user's number, unique in the run.
            journey: the journey's name.
            planned_s: when it was meant to begin, on the recorder's clock; `None` for now.
            phase: the phase in which it was meant to begin; empty text for the present one.
        """

    def release(self, user: str, number: int) -> None:
        """This user will not go on another journey."""

    def stop(self, within_s: float) -> None:
        """End everything, gently at first, within so many seconds."""

    def pids(self) -> Sequence[int]:
        """Processes that belong to the host; they and their children count as the load generator."""
