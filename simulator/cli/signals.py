"""Ctrl-C and its relatives: the first asks the run to end, the second ends it at once."""

from __future__ import annotations

import signal
from types import FrameType, TracebackType
from typing import Any, Literal, Protocol, get_args

from simulator.errors import SimulatorError

Name = Literal["SIGINT", "SIGTERM", "SIGHUP"]
NAMES: tuple[Name, ...] = get_args(Name)


class Stoppable(Protocol):
    """What can be asked to stop."""

    def set(self, reason: str, *, now: bool = False) -> None:
        """Stop, for this reason; `now` without waiting for what is under way."""


class StoppedEarlyError(SimulatorError):
    """Stopped from outside before there was anything to measure."""

    def __init__(self, number: int) -> None:
        super().__init__(f"stopped by {signal.Signals(number).name} before the load began")
        self.exit_code = 130 if number == signal.SIGINT else 143


class Signals:
    """While inside, signals stop the run instead of the process.

    Attributes:
        name: the first signal that came, or `None`.
        driving: whether load is being sent; before that a signal ends the command.
    """

    def __init__(self, stop: Stoppable) -> None:
        self.name: Name | None = None
        self.driving = False
        self._stop = stop
        self._earlier: dict[int, Any] = {}

    def __enter__(self) -> Signals:
        for name in NAMES:
            number = getattr(signal, name, None)
            if number is not None:
                self._earlier[number] = signal.signal(number, self._came)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._earlier.items():
            signal.signal(number, handler)

    def _came(self, number: int, frame: FrameType | None) -> None:
        again = self.name is not None
        self.name = self.name or next(name for name in NAMES if signal.Signals(number).name == name)
        self._stop.set(f"stopped by {self.name}", now=again)
        if not self.driving:
            raise StoppedEarlyError(number)
