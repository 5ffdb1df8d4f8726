"""What the browser host says, written into the engine's recorder; and what is written when it says nothing any more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from simulator.engine.browser.wire import DEATHS, Order
from simulator.record.failure import Evidence
from simulator.record.recorder import Recorder
from simulator.record.sample import Outcome, Reading, Sample, SeriesKey
from simulator.record.source import GENERATOR
from simulator.record.trace import Trace


def hear(recorder: Recorder, kind: str, values: list[Any]) -> None:
    """Record what a message of this kind tells.

    Raises:
        KeyError: there is no such kind.
    """
    _RECORD[kind](recorder, *values)


def record_death(recorder: Recorder) -> None:
    """The host is gone, though nobody asked it to; the driver's death ends it, too."""
    _read(recorder, DEATHS, "", 1.0)


def record_lost(recorder: Recorder, order: Order, began_s: float, why: str, outcome: Outcome) -> None:
    """Record a journey of which the browser host can say nothing any more.

    Args:
        recorder: where to.
        order: the journey.
        began_s: when it began, on the recorder's clock.
        why: what happened.
        outcome: error, or cut off.
    """
    now_s = recorder.clock()
    service_s = None if order.planned_s is None else now_s - began_s
    response_s = now_s - (began_s if order.planned_s is None else order.planned_s)
    journey = SeriesKey("journey", order.user, order.journey, "", "", "journey", order.phase)
    step = journey._replace(level="step", step=order.journey)
    operation = step._replace(level="operation", name=order.journey, kind="browser")
    for key in (operation, step, journey):
        recorder.add(Sample(key, outcome, response_s, service_s))
    if outcome == "error":
        recorder.fail(journey, "browser", why)


def _add_successes(recorder: Recorder, told: list[tuple[list[str], list[float], int]]) -> None:
    for key, times_s, size_bytes in told:
        recorder.add_successes(SeriesKey(*key), times_s, size_bytes)  # type: ignore[arg-type]


def _add(recorder: Recorder, key: list[str], outcome: Outcome, *rest: Any) -> None:
    recorder.add(Sample(SeriesKey(*key), outcome, *rest))  # type: ignore[arg-type]


def _take_back(recorder: Recorder, key: list[str], response_s: float, service_s: float | None) -> None:
    recorder.take_back(SeriesKey(*key), response_s, service_s)  # type: ignore[arg-type]


def _fail(recorder: Recorder, key: list[str], error_class: str, message: str, evidence: list[list[Any]]) -> None:
    pieces = [Evidence(name, content) for name, content in evidence]
    recorder.fail(SeriesKey(*key), error_class, message, lambda: pieces, again=bool(pieces))  # type: ignore[arg-type]


def _read(recorder: Recorder, metric: str, unit: str, value: float) -> None:
    recorder.read(Reading(GENERATOR, metric, unit, recorder.at_s(), value))


def _keep(recorder: Recorder, plain: list[Any]) -> None:
    trace = Trace.from_plain(plain)
    recorder.keep(replace(trace, at_s=trace.at_s - recorder.started_s))


_RECORD: dict[str, Callable[..., None]] = {
    "ok": _add_successes,
    "sample": _add,
    "back": _take_back,
    "fail": _fail,
    "reading": _read,
    "trace": _keep,
}
