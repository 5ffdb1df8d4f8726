"""One measured exchange, from its start to its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from simulator.journey.trouble import Trouble
from simulator.record.failure import Evidence
from simulator.record.recorder import Buffer
from simulator.record.sample import Outcome, Sample, SeriesKey

if TYPE_CHECKING:
    from simulator.journey.track import Track

Collect = Callable[[], list[Evidence]]


class Operation:
    """What a client opens before it sends and ends once, with one of `succeed`, `fail` and `cut_off`.

    It belongs to the step in which it was opened; outside of any step it is a step of its own.

    Attributes:
        started_s: when it was opened, on the recorder's clock.
        service_s: how long it took; 0 while it lasts.
        collect: returns the exchange as evidence, should it be needed; `None` when there is none.
        succeeded: it ended well, so far.
    """

    __slots__ = ("_entry", "_lag_s", "_phase", "_size_bytes", "_step", "_track", "collect", "service_s", "started_s",
                 "succeeded")  # fmt: skip

    def __init__(self, track: Track, name: str, kind: str) -> None:
        place = track.place
        self._track = track
        self._step, buffer = place.operations.get((name, kind)) or place.operation(name, kind)
        self._entry = buffer.now
        self._lag_s = track.operation_lag_s
        self._phase = ""
        if self._lag_s is not None:
            self._phase = track.phase
            track.operation_lag_s = None
        self.collect: Collect | None = None
        self.service_s = 0.0
        self.succeeded = False
        self.started_s = track.clock()

    @property
    def key(self) -> SeriesKey:
        """Its series, with the phase in which it was meant to begin."""
        key = self._entry.key
        return key._replace(phase=self._phase) if self._phase else key

    def succeed(self, size_bytes: int = 0, collect: Collect | None = None) -> None:
        """It went well.

        Args:
            size_bytes: bytes received.
            collect: returns the exchange as evidence, for a check that fails later.
        """
        self.service_s = took_s = self._track.clock() - self.started_s
        self.succeeded = True
        self.collect = collect
        self._track.last = self
        if self._lag_s is not None:
            self._add("ok", size_bytes)
            return
        self._entry.times_s.append(took_s)
        self._entry.size_bytes += size_bytes
        if self._step is not None:
            self._step.now.times_s.append(took_s)

    def fail(self, error_class: str, message: str, size_bytes: int = 0, collect: Collect | None = None) -> None:
        """It went badly; the step it is in fails, and the journey ends there.

        Args:
            error_class: a short word, see `FailureKey`.
            message: what a reader needs to know.
            size_bytes: bytes received all the same.
            collect: returns the exchange as evidence.
        """
        self.collect = collect
        self._track.last = self
        self.lose(size_bytes)
        self._track.meet(Trouble(self.key, error_class, message, collect))

    def lose(self, size_bytes: int = 0) -> None:
        """It went badly, and why is counted elsewhere."""
        self.service_s = self._track.clock() - self.started_s
        self._add("error", size_bytes)

    def cut_off(self) -> None:
        """It was still open when the run ended."""
        self.service_s = self._track.clock() - self.started_s
        self._add("cut off", 0)

    def take_back(self) -> None:
        """It had gone well, but what came was wrong."""
        self.succeeded = False
        response_s, service_s = self._times()
        self._track.recorder.take_back(self.key, response_s, service_s)
        if self._step is not None:
            self._track.recorder.take_back(self._step_key(self._step), response_s, service_s)

    def _add(self, outcome: Outcome, size_bytes: int) -> None:
        response_s, service_s = self._times()
        add = self._track.recorder.add
        add(Sample(self.key, outcome, response_s, service_s, size_bytes))
        if self._step is not None:
            add(Sample(self._step_key(self._step), outcome, response_s, service_s))

    def _times(self) -> tuple[float, float | None]:
        """Response time, and the service time where it differs."""
        return (self.service_s, None) if self._lag_s is None else (self.service_s + self._lag_s, self.service_s)

    def _step_key(self, step: Buffer) -> SeriesKey:
        return step.now.key._replace(phase=self.key.phase)
