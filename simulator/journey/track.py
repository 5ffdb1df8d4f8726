"""Where one user is right now, and where everything it does there is written down."""

from __future__ import annotations

from simulator.journey.check import CheckFailed
from simulator.journey.notes import BURST_S, EVERY_S, Notes
from simulator.journey.operation import Operation
from simulator.journey.place import MOST_NAMES, Map, Place
from simulator.journey.traced_operation import TracedOperation
from simulator.journey.trouble import JourneyEnd, OperationFailed, Trouble, tell
from simulator.record.recorder import Entry, Recorder
from simulator.record.sample import Outcome, Sample, SeriesKey
from simulator.record.trace import Trace

OUTSIDE = "(outside)"
"""The journey of what a user does outside of any journey."""


class Track:
    """One user's way through its journeys.

    Every client of the user opens its operations here (`operation`), steps enter and leave here, and whoever runs a
    journey calls `begin` before it and `end` or `cut_off` after it.

    Args:
        places: the places of all users of the process; a recorder will do for a single user.
        user: the name of the user class.
        through: exceptions that steer the user instead of failing it (Locust's `StopUser`).

    Attributes:
        place: the step or journey that the user is in.
        phase: the phase that the journey belongs to.
        operation_lag_s: how late the journey began, until its first operation has taken it into account; else `None`.
        step_lag_s: the same for its first step.
        last: the operation that ended last in the present step, or `None`.
        trouble: a failed operation of the present step that is not counted yet, or `None`.
        failed: something in the present journey went wrong.
        ends: somebody waits for the present journey to end (`perform`, `prepare`), so a failure may end it; elsewhere,
            as in Locust's task sets, failures are counted and the user goes on.
        notes: what happens on the present journey, when it is one of the few that are traced; else `None`.
    """

    def __init__(self, places: Map | Recorder, user: str, *, through: tuple[type[BaseException], ...] = ()) -> None:
        self._places = places if isinstance(places, Map) else Map(places)
        self.recorder = self._places.recorder
        self.clock = self.recorder.clock
        self.user = user
        self.through = through
        self._known: dict[str, Place] = {}
        self.rest(OUTSIDE)

    def rest(self, doing: str) -> None:
        """What follows is no journey but `on_start` or `on_stop`: operations count, under this name."""
        self._rest(doing, self.clock())

    def _rest(self, doing: str, now_s: float) -> None:
        self._journey = self.place = self._known.get(doing) or self._come_to(doing)
        self._rested = doing == OUTSIDE
        self.operation_lag_s: float | None = None
        self.step_lag_s: float | None = None
        self._lag_s: float | None = None
        self.phase = ""
        self.last: Operation | None = None
        self.trouble: Trouble | None = None
        self.failed = False
        self.ends = False
        self.notes: Notes | None = None
        self._started_s = now_s
        self._entry: Entry | None = None

    def _come_to(self, journey: str) -> Place:
        if len(self._known) >= MOST_NAMES:
            self._known.clear()
        place = self._known[journey] = self._places.journey(self.user, journey)
        return place

    def begin(self, journey: str, planned_s: float | None = None, phase: str = "") -> None:
        """A journey begins.

        Args:
            journey: its name.
            planned_s: when it was meant to begin, on the recorder's clock; `None` for now (closed model).
            phase: the phase in which it was meant to begin; empty text for the present one.
        """
        if not self._rested:
            self.rest(OUTSIDE)
        self._rested = self.failed = False
        self.trouble = self.last = None
        self._journey = self.place = place = self._known.get(journey) or self._come_to(journey)
        self._started_s = now_s = self.clock()
        if now_s >= place.traced_from_s:
            place.traced_from_s = max(place.traced_from_s, now_s - BURST_S) + EVERY_S
            self.notes = Notes(now_s)
        self._entry = place.own.now
        self.ends = True
        self.phase = phase or self.recorder.phase
        if planned_s is not None:
            self._lag_s = self.operation_lag_s = self.step_lag_s = max(0.0, self._started_s - planned_s)

    @property
    def began_s(self) -> float:
        """When the present journey began, on the recorder's clock."""
        return self._started_s

    def end(self) -> None:
        """The journey is over; whether it went well is known from what happened on it."""
        if self.trouble is not None:
            self.count_trouble()
        now_s = self.clock()
        took_s = now_s - self._started_s
        if self.notes is not None and self._entry is not None:
            self._keep(self._trace(self.notes, took_s))
        if self._entry is not None and not self.failed and self._lag_s is None:
            self._entry.times_s.append(took_s)
        else:
            self._add("error" if self.failed else "ok", took_s)
        self._rest(OUTSIDE, now_s)

    def cut_off(self) -> None:
        """The run ended before the journey did."""
        self.count_trouble()
        self._add("cut off", self.clock() - self._started_s)
        self.rest(OUTSIDE)

    def operation(self, name: str, kind: str) -> Operation:
        """An operation begins now.

        Args:
            name: the operation's name, with everything taken out that varies: `GET /api/products/{id}`.
            kind: http, browser, message, database or call.

        Raises:
            JourneyEnd: the operation before this one failed outside of any step, so the journey is over.
        """
        if self.trouble is not None and not self.place.step:
            self.stop_if_failed()
        if self.notes is not None:
            return TracedOperation(self, name, kind, self.notes)
        return Operation(self, name, kind)

    def stop_if_failed(self) -> None:
        """End the journey if an operation outside of any step has failed.

        Raises:
            JourneyEnd: it has.
        """
        if self.trouble is not None and not self.place.step:
            self.count_trouble()
            if self.ends:
                raise JourneyEnd

    def meet(self, trouble: Trouble) -> None:
        """Something went wrong; it is counted when the step ends, in the words that are best by then."""
        self.count_trouble()
        self.trouble = trouble
        self.failed = True

    def count_trouble(self) -> None:
        """Count what went wrong in the present step."""
        trouble, self.trouble = self.trouble, None
        if trouble is not None:
            self.failed = True
            if self.notes is not None:
                self.notes.error_class = self.notes.error_class or trouble.error_class
            self.recorder.fail(trouble.key, trouble.error_class, trouble.message, trouble.collect)

    def stumble(self, error: BaseException) -> None:
        """An exception of the author's code ends the present step, or the journey when there is none."""
        self.failed = True
        if self.trouble is not None:
            self.trouble = self._explained(self.trouble, error)
        elif isinstance(error, CheckFailed):
            self.trouble = Trouble(self._blame(), "check", str(error), self.last.collect if self.last else None)
        else:
            place = self.place
            key = place.key("step" if place.step else "journey")._replace(phase=self.phase)
            self.trouble = Trouble(key, type(error).__name__, tell(error))
        self.count_trouble()

    def _explained(self, trouble: Trouble, error: BaseException) -> Trouble:
        """The operation that failed first is the reason; what the author's code said about it is the better message."""
        if isinstance(error, OperationFailed):
            return trouble
        said = f"{error} ({trouble.message})" if isinstance(error, CheckFailed) else f"{trouble.message}\n{tell(error)}"
        return Trouble(trouble.key, trouble.error_class, said, trouble.collect)

    def _blame(self) -> SeriesKey:
        """The series that a failed check belongs to: the operation it looked at, else a failed call of its own."""
        if self.last is not None and self.last.succeeded:
            self.last.take_back()
            return self.last.key
        call = Operation(self, "check", "call")
        call.lose()
        return call.key

    def _trace(self, notes: Notes, took_s: float) -> Trace:
        error_class = (notes.error_class or "error") if self.failed else ""
        at_s, lot = self._started_s - self.recorder.started_s, self.recorder.lot()
        place, lag_s, phase = self._journey, self._lag_s or 0.0, self.phase
        return Trace(
            place.user, place.journey, phase, error_class, at_s, lag_s, took_s, lot, notes.spans, notes.left_out
        )

    def _keep(self, trace: Trace) -> None:
        self.recorder.keep(trace)

    def _add(self, outcome: Outcome, took_s: float) -> None:
        key = self._journey.key("journey")._replace(phase=self.phase)
        if self._lag_s is None:
            self.recorder.add(Sample(key, outcome, took_s))
        else:
            self.recorder.add(Sample(key, outcome, took_s + self._lag_s, took_s))
