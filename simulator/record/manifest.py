"""What a run is: written down before its first request, so that a killed run still says what it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any


@dataclass(frozen=True)
class PlannedPhase:
    """A phase as planned.

    Attributes:
        name: the phase's name.
        start_s: since the run began.
        duration_s: how long; `None` for "until stopped".
        measured: whether its samples are judged.
        load: in words: `20/s`, `8 Shopper, 2 Visitor`.
    """

    name: str
    start_s: float
    duration_s: float | None
    measured: bool
    load: str


@dataclass(frozen=True)
class PlannedJourney:
    """A journey that takes part.

    Attributes:
        user: its user class.
        kind: api, browser, component or locust.
        name: the journey's name.
        weight: how often, against the user's other journeys.
        tags: in order.
        steps: names of its steps as far as they are known.
        steps_known: whether these are all.
        summary: what it is for, or empty text.
    """

    user: str
    kind: str
    name: str
    weight: int = 1
    tags: Sequence[str] = ()
    steps: Sequence[str] = ()
    steps_known: bool = False
    summary: str = ""


@dataclass(frozen=True)
class ThresholdFile:
    """A threshold file as it was when the run began."""

    file: str
    text: str


@dataclass(frozen=True)
class Manifest:
    """What a run is.

    Attributes:
        run: the run folder's name.
        build: the build that was rehearsed.
        started_at: RFC 3339, with the offset from UTC.
        host: where users went.
        environment: its name, or empty text.
        profile: its name, or empty text.
        command: the command line, secrets masked.
        machine: what the generator ran on.
        versions: of Python and packages; the browser's under `browser` when one was used.
        phases: as planned.
        journeys: who takes part.
        thresholds: the files that judge it.
        limits_s: response times counted exactly.
        services: names of the environment's services.
        most_loop_lag_s: how late the generator's event loop may be before the run is invalid.
        most_browser_wait_ratio: how much browsers may wait for a processor before the run is invalid.
        most_browser_deaths: how many browsers may die within a minute before the run is invalid.
        baseline: folders of the runs that changes are judged against, in order of time.
        against: how the baseline was asked for (`last 8`); empty text when none was.
        pid: the controller's process.
    """

    run: str
    build: str
    started_at: str
    host: str
    environment: str = ""
    profile: str = ""
    command: str = ""
    machine: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    phases: Sequence[PlannedPhase] = ()
    journeys: Sequence[PlannedJourney] = ()
    thresholds: Sequence[ThresholdFile] = ()
    limits_s: Sequence[float] = ()
    services: Sequence[str] = ()
    most_loop_lag_s: float = 0.1
    most_browser_wait_ratio: float = 0.8
    most_browser_deaths: int = 3
    baseline: Sequence[str] = ()
    against: str = ""
    pid: int = 0

    def to_plain(self) -> dict[str, Any]:
        """Dicts, lists, texts and numbers, for JSON."""
        return asdict(self)

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Manifest:
        """The manifest that `to_plain` wrote; what this version does not know is left out."""
        known = {f.name for f in fields(cls)}
        values = {key: value for key, value in plain.items() if key in known}
        values["phases"] = [PlannedPhase(**phase) for phase in plain.get("phases", ())]
        values["journeys"] = [PlannedJourney(**journey) for journey in plain.get("journeys", ())]
        values["thresholds"] = [ThresholdFile(**file) for file in plain.get("thresholds", ())]
        return cls(**values)
