"""Doubles that behave as the real thing was seen to: its latency, and the shapes of its answers.

Latency comes from a stored run (the operation's histogram, drawn from by inversion), shapes from a stub file as
`simulator virtual record` writes it. How faithful a double is says the share of recorded answers that have its shape.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

from simulator.document import read_document
from simulator.errors import UsageError, did_you_mean
from simulator.record.folder import RunFolder
from simulator.record.histogram import Histogram


@dataclass(frozen=True)
class Fidelity:
    """How faithful a double is to what was recorded.

    Attributes:
        target: what is doubled.
        like: the recorded operation.
        same: recorded answers that have the double's shape.
        count: recorded answers.
        misfit: how the first of the others differs, or empty text.
    """

    target: str
    like: str
    same: int
    count: int
    misfit: str = ""

    def __str__(self) -> str:
        if not self.count:
            return (
                f"the double of {self.target}: no answer of {self.like} was recorded, so nothing is known of its shape"
            )
        text = (
            f"the double of {self.target} has the shape of {self.same} of {self.count} recorded answers of {self.like}"
        )
        return f"{text}: {self.misfit}" if self.misfit else text


class Recording:
    """What was recorded of operations.

    Args:
        times: operation → how long it took.
        answers: operation → JSON bodies of its answers.
        where: for messages.
    """

    def __init__(self, times: Mapping[str, Histogram], answers: Mapping[str, Sequence[Any]], where: str) -> None:
        self._times, self._answers, self._where = times, answers, where

    def latency_of(self, operation: Any) -> Callable[[], float]:
        """What draws a time, in seconds, as the operation took them.

        Raises:
            UsageError: it was not recorded.
        """
        known = {*self._times, *self._answers}
        if str(operation) not in known:
            raise UsageError(f"{self._where} has no {operation!r}", hint=did_you_mean(str(operation), sorted(known)))
        histogram = self._times.get(str(operation))
        if histogram is None or not histogram.count:
            return lambda: 0.0
        random = Random(str(operation))
        return lambda: histogram.percentile(max(1e-9, random.random())) or 0.0

    def fidelity(self, target: str, operation: str, answers: Iterable[Any]) -> Fidelity:
        """How many recorded answers have the shape of one of the double's."""
        shapes = [shape_of(answer) for answer in answers]
        recorded = self._answers.get(operation, ())
        misfits = [misfit for each in recorded if (misfit := _misfit(each, shapes))]
        return Fidelity(target, operation, len(recorded) - len(misfits), len(recorded), misfits[0] if misfits else "")


@lru_cache(maxsize=16)
def recorded(*places: Path) -> Recording:
    """The recording in run folders and stub files.

    Raises:
        UsageError: one of them is neither.
    """
    times: dict[str, Histogram] = {}
    answers: dict[str, list[Any]] = {}
    for place in places:
        if place.is_dir():
            for name, histogram in _times_of(place):
                times.setdefault(name, Histogram()).merge(histogram)
        else:
            for name, answer in _answers_of(place):
                answers.setdefault(name, []).append(answer)
    return Recording(times, answers, ", ".join(map(str, places)))


def fidelities(recording: Recording, mocks: Mapping[str, Any]) -> Iterator[Fidelity]:
    """How faithful those doubles are that are said to be like something recorded."""
    for target, said in mocks.items():
        if isinstance(said, Mapping) and "like" in said:
            listed = said.get("sequence", [said["returns"]] if "returns" in said else [])
            answers = [each.get("returns", each) if isinstance(each, Mapping) else each for each in listed]
            yield recording.fidelity(target, str(said["like"]), answers)


def shape_of(value: Any) -> Any:
    """The shape of a JSON value: its types, the names of its fields, and the shapes of a list's elements."""
    if isinstance(value, Mapping):
        return {key: shape_of(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        shapes: list[Any] = []
        for inner in value:
            shape = shape_of(inner)
            if shape not in shapes:
                shapes.append(shape)
        return shapes
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    return "nothing" if value is None else "text"


def _misfit(answer: Any, shapes: Sequence[Any]) -> str | None:
    found = [unlike(shape, shape_of(answer)) for shape in shapes]
    return None if None in found else next(filter(None, found), "it answers nothing")


def unlike(shape: Any, other: Any, place: str = "") -> str | None:
    """Where two shapes differ, in words; `None` when they do not. An empty list has the shape of any."""
    where = place or "the answer"
    if isinstance(shape, dict) and isinstance(other, dict):
        for key in {**shape, **other}:
            inner = f"{place}.{key}" if place else str(key)
            if key not in other:
                return f"{inner} is not in the recorded answer"
            if key not in shape:
                return f"{inner} is only in the recorded answer"
            if (found := unlike(shape[key], other[key], inner)) is not None:
                return found
        return None
    if isinstance(shape, list) and isinstance(other, list):
        strange = [each for each in other if shape and all(unlike(own, each) is not None for own in shape)]
        return f"{where} has an element of another shape" if strange else None
    return (
        None if shape == other else f"{where} is {_kind(other)} in the recorded answer, {_kind(shape)} in the double's"
    )


def _kind(shape: Any) -> str:
    if isinstance(shape, dict):
        return "an object"
    return "a list" if isinstance(shape, list) else str(shape)


def _times_of(folder: Path) -> Iterator[tuple[str, Histogram]]:
    measurements = RunFolder.open(folder).reader().measurements()
    for key in measurements.totals:
        if key.level == "operation":
            yield key.name, measurements.total([key]).service_times()


def _answers_of(path: Path) -> Iterator[tuple[str, Any]]:
    node = read_document(path, environ=os.environ)
    stubs = node.get("stubs")
    if stubs is None:
        raise UsageError(f"{path} is neither a run folder nor a stub file")
    for stub in stubs.items():
        request, answer, answers = stub.get("request"), stub.get("answer"), stub.get("answers")
        asked = {key: request.get(key) for key in ("method", "path")} if request else {}
        method, where = (asked.get(key) for key in ("method", "path"))
        name = f"{method.text() if method else 'GET'} {where.text() if where else '/'}"
        for each in [*([answer] if answer else ()), *(answers.items() if answers else ())]:
            if (body := each.get("json")) is not None:
                yield name, body.typed()
