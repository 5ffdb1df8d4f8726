"""Reads what services tell of themselves beside the run, so that a slow answer holds up nothing."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from time import monotonic

from simulator.monitor.exposition import Exposition
from simulator.record.sample import Reading

EVERY_S = 1.0


class Listener:
    """One thread a service, from the first `take` until `stop`.

    Args:
        expositions: what is read.
    """

    def __init__(self, expositions: Sequence[Exposition]) -> None:
        self._expositions = tuple(expositions)
        self._read: list[Reading] = []
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._zero_s = 0.0

    def take(self, at_s: float) -> list[Reading]:
        """What was read since the last time.

        Args:
            at_s: seconds since the run began, now.
        """
        if not self._threads and self._expositions:
            self._zero_s = monotonic() - at_s
            self._threads = [threading.Thread(target=self._listen, args=(e,), daemon=True) for e in self._expositions]
            for thread in self._threads:
                thread.start()
        read, self._read = self._read, []
        return read

    def stop(self) -> None:
        """Read no more."""
        self._stop.set()

    def problems(self) -> list[str]:
        """Why services could not be read the last time."""
        return [exposition.problem for exposition in self._expositions if exposition.problem]

    def _listen(self, exposition: Exposition) -> None:
        while not self._stop.is_set():
            began_s = monotonic()
            self._read += exposition.read(began_s - self._zero_s)
            self._stop.wait(max(0.0, EVERY_S - (monotonic() - began_s)))
