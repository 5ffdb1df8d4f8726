"""One thing that the user experiences: has a time and an outcome."""

from __future__ import annotations

from types import TracebackType

from simulator.journey.place import Place
from simulator.journey.track import Track
from simulator.journey.trouble import JourneyEnd
from simulator.record.recorder import Entry
from simulator.record.sample import Outcome, Sample


class Step:
    """A `with` block that is timed, and that fails with what fails inside it.

    An exception, a failed check or a failed operation inside fails the step and ends the journey, unless
    `continue_on_failure` says that the user would go on.

    Attributes:
        failed: it ended badly; known after the block.
    """

    __slots__ = ("_around", "_entry", "_goes_on", "_lag_s", "_name", "_place", "_started_s", "_track", "failed")

    def __init__(self, track: Track, name: str, continue_on_failure: bool = False) -> None:
        self._track = track
        self._name = name
        self._goes_on = continue_on_failure
        self.failed = False

    def __enter__(self) -> Step:
        track = self._track
        track.stop_if_failed()
        self._around: Place = track.place
        self._place = self._around.at(self._name)
        self._entry: Entry = self._place.own.now
        track.place = self._place
        track.last = None
        self._lag_s = track.step_lag_s
        track.step_lag_s = None
        self._started_s = track.clock()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        track = self._track
        took_s = track.clock() - self._started_s
        if error is None and track.trouble is None:
            self._add("ok", took_s)
            track.place = self._around
            return False
        try:
            return self._ended_badly(error, took_s)
        finally:
            track.place = self._around

    def _ended_badly(self, error: BaseException | None, took_s: float) -> bool:
        """Whether the journey goes on all the same.

        Raises:
            JourneyEnd: it does not.
        """
        track = self._track
        if isinstance(error, track.through):
            self._add("ok" if track.trouble is None else "error", took_s)
            track.count_trouble()
            return False
        if error is not None and not isinstance(error, (Exception, JourneyEnd)):
            track.count_trouble()
            self._add("cut off", took_s)
            return False
        self.failed = True
        if isinstance(error, Exception):
            track.stumble(error)
        track.count_trouble()
        self._add("error", took_s)
        if self._goes_on or not track.ends:
            return True
        raise JourneyEnd from None

    def _add(self, outcome: Outcome, took_s: float) -> None:
        notes = self._track.notes
        if notes is not None:
            notes.add("step", self._name, "", self._started_s, took_s, outcome)
        if outcome == "ok" and self._lag_s is None:
            self._entry.times_s.append(took_s)
            return
        key = self._entry.key
        if self._lag_s is None:
            self._track.recorder.add(Sample(key, outcome, took_s))
        else:
            key = key._replace(phase=self._track.phase)
            self._track.recorder.add(Sample(key, outcome, took_s + self._lag_s, took_s))
