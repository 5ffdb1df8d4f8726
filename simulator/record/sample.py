"""Something that happened and took time, and a gauge at an instant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Level = Literal["operation", "step", "journey", "vital", "resource", "virtual", "contract"]
Outcome = Literal["ok", "error", "dropped", "cut off"]


class SeriesKey(NamedTuple):
    """What a sample is a sample of. Empty text where a part does not apply.

    Attributes:
        level: operation (one measured exchange), step, journey, vital (a web vital of a page), resource (a request of a
            page, which no default counts), virtual (a request that a virtual service answered; never part of what users
            experienced), or contract (an answer that was checked: ok when it keeps its promises, error when it breaks
            them, dropped when it was left out).
        user: the user class; for level virtual the service.
        journey: the journey's name.
        step: the step's name; for a vital the page's pattern.
        name: the operation's name (`GET /api/products`); for a vital the metric (`lcp`).
        kind: http, browser, message, database, call, resource, journey.
        phase: the phase in which the sample *began* (open model: was meant to begin).
    """

    level: Level
    user: str
    journey: str
    step: str
    name: str
    kind: str
    phase: str


@dataclass(frozen=True, slots=True)
class Sample:
    """One thing that happened.

    Attributes:
        key: its series.
        outcome: ok, error, dropped (no user was free to start it), cut off (still open when the run ended).
        response_s: from the moment it was meant to start to its end.
        service_s: from the moment it was really started to its end; `None` when that is the same.
        size_bytes: bytes received.
    """

    key: SeriesKey
    outcome: Outcome
    response_s: float
    service_s: float | None = None
    size_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """A gauge at an instant.

    Attributes:
        source: `generator`, `machine`, or a service's name.
        metric: `cpu`, `memory`, `loop_lag`, `start_lag`, `users` …
        unit: a key of `simulator.units.SHOW`. CPU is a share of one core.
        at_s: since the run began.
        value: in the base unit.
    """

    source: str
    metric: str
    unit: str
    at_s: float
    value: float


@dataclass(frozen=True, slots=True)
class PhaseSpan:
    """A phase as it really happened.

    Attributes:
        name: the phase's name.
        start_s: since the run began.
        end_s: since the run began; `None` while it lasts.
        measured: whether its samples are judged.
    """

    name: str
    start_s: float
    end_s: float | None
    measured: bool
