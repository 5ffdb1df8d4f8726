"""Tracks and steps of browser users: a browser step is one operation by itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Protocol

from simulator.engine.browser.requests import PageRequest
from simulator.engine.browser.trouble import class_of, words_of
from simulator.journey.check import CheckFailed
from simulator.journey.http.secrets import mask_address
from simulator.journey.place import Map
from simulator.journey.step import Step
from simulator.journey.track import Track
from simulator.journey.trouble import Trouble
from simulator.record.failure import Evidence, storable
from simulator.record.sample import Outcome, Sample, SeriesKey
from simulator.record.trace import LONGEST_NAME, MOST_SPANS, Span, Trace

KIND = "browser"


class Witness(Protocol):
    """Who sees what happens in the browser."""

    def look_again(self) -> list[Evidence]:
        """What the first failure of a kind may not have left."""

    def look(self, error: BaseException | None) -> list[Evidence]:
        """What there is to see now; gets the author's exception, if there is one."""

    def death(self, error: BaseException) -> str | None:
        """What is no longer there after this error, in words; `None` when page and browser are."""


class Look:
    """Collects the evidence of a failure.

    Args:
        witness: who looks.
        error: the author's exception, or `None`.
    """

    def __init__(self, witness: Witness, error: BaseException | None) -> None:
        self._witness = witness
        self._error = error

    def __call__(self) -> list[Evidence]:
        """All there is, for the first failure of a kind."""
        return self._witness.look(self._error)

    def again(self) -> list[Evidence]:
        """What the first one may not have left, for a later one."""
        return self._witness.look_again()


class BrowserTrack(Track):
    """One browser user's way through its journeys.

    A journey without steps is itself one step, named like the journey.

    Attributes:
        witness: sees what happens while a journey is under way; else `None`.
        stepped: the journey has come to a step.
    """

    def __init__(self, places: Map, user: str) -> None:
        self._ended: Trace | None = None
        self._began_at_s = 0.0
        super().__init__(places, user)
        self.witness: Witness | None = None
        self.stepped = False

    def step(self, name: str, *, continue_on_failure: bool = False) -> BrowserStep:
        """A step of this user, see `Person.step`."""
        return BrowserStep(self, name, continue_on_failure)

    def begin(self, journey: str, planned_s: float | None = None, phase: str = "") -> None:
        super().begin(journey, planned_s, phase)
        self.stepped = False
        if self.notes is not None:
            self._began_at_s = time.time()

    def end(self) -> None:
        self.count_trouble()
        self._add_only_step("error" if self.failed else "ok")
        super().end()

    def cut_off(self) -> None:
        self.count_trouble()
        self._add_only_step("cut off")
        super().cut_off()

    def hand_in(self, requests: Iterable[PageRequest], origin: str) -> None:
        """The journey has ended, and these are the requests that its pages told of: a trace is complete only now.

        Args:
            requests: of all pages of the journey.
            origin: the target's own, which goes without saying in their names.
        """
        trace, self._ended = self._ended, None
        if trace is None:
            return
        heard = sorted((request for request in requests if request.started_at_s), key=lambda r: r.started_at_s)
        room = max(0, MOST_SPANS - len(trace.spans))
        spans = [*trace.spans, *(_span(request, self._began_at_s, origin) for request in heard[:room])]
        self.recorder.keep(replace(trace, spans=spans, left_out=trace.left_out + len(heard[room:])))

    def _keep(self, trace: Trace) -> None:
        self._ended = trace

    def stumble(self, error: BaseException) -> None:
        if self.trouble is not None or (isinstance(error, CheckFailed) and self._looks_at_an_exchange()):
            super().stumble(error)
            return
        self.failed = True
        death = self.witness.death(error) if self.witness else None
        message = ": ".join(filter(None, [death, words_of(error)]))
        self.trouble = Trouble(self.here(), class_of(error, death is None), message, self._collect(error))
        self.count_trouble()

    def complain(self, error_class: str, message: str) -> None:
        """Fail the present step for what the browser ran into; the step goes on until it ends by itself."""
        if self.trouble is None and self._entry is not None:
            self.meet(Trouble(self.here(), error_class, message, self._collect(None)))

    def here(self) -> SeriesKey:
        """The series of the present step, or of the journey outside of any."""
        place = self.place
        return place.key("step" if place.step else "journey")._replace(phase=self.phase)

    def _explained(self, trouble: Trouble, error: BaseException) -> Trouble:
        said = f"{trouble.message}; {words_of(error)}"
        return Trouble(trouble.key, trouble.error_class, said, trouble.collect or self._collect(error))

    def _looks_at_an_exchange(self) -> bool:
        return self.last is not None and self.last.succeeded

    def _collect(self, error: BaseException | None) -> Callable[[], list[Evidence]] | None:
        return None if self.witness is None else Look(self.witness, error)

    def _add_only_step(self, outcome: Outcome) -> None:
        if self.stepped or self._entry is None:
            return
        only = self._journey.at(self._journey.journey)
        took_s, lag_s = self.clock() - self._started_s, self._lag_s
        for key in (only.key("step"), only.key("operation", only.step, KIND)):
            self.recorder.add(_sample(key._replace(phase=self.phase), outcome, took_s, lag_s))


class BrowserStep(Step):
    """A step that is an operation as well: what a browser does in between is its own business."""

    __slots__ = ()

    def __enter__(self) -> BrowserStep:
        super().__enter__()
        track = self._track
        track.operation_lag_s = None  # the step is the operation that began late
        assert isinstance(track, BrowserTrack)
        track.stepped = True
        return self

    def _add(self, outcome: Outcome, took_s: float) -> None:
        super()._add(outcome, took_s)
        phase = self._entry.key.phase if self._lag_s is None else self._track.phase
        key = self._place.key("operation", self._name, KIND)._replace(phase=phase)
        self._track.recorder.add(_sample(key, outcome, took_s, self._lag_s))


def _span(request: PageRequest, began_at_s: float, origin: str) -> Span:
    outcome: Outcome = "error" if request.error or request.status >= 400 else "ok"
    name = storable(mask_address(request.url).removeprefix(origin or " ")[:LONGEST_NAME])
    return Span("request", name, request.kind, request.started_at_s - began_at_s, request.took_s, outcome)


def _sample(key: SeriesKey, outcome: Outcome, took_s: float, lag_s: float | None) -> Sample:
    return Sample(key, outcome, took_s) if lag_s is None else Sample(key, outcome, took_s + lag_s, took_s)
