"""What the master tells a worker to do, as a value that travels as lists and numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from simulator.engine.share import Share
from simulator.plan.cast import JourneySpec, UserSpec
from simulator.plan.load import Arrivals, Load, Phase


@dataclass(frozen=True)
class Order:
    """A worker's part of a run.

    Attributes:
        users: who takes part; the classes themselves are the worker's own.
        load: the whole of it.
        share: which part of it is the worker's.
        host: where everybody goes; empty text for "as each class says".
        limits_s: response times that thresholds ask about.
        options: as `simulator.engine.drive.Options`.
        browser: how browser users get their browsers, as `BrowserOptions` says it plainly.
    """

    users: Sequence[UserSpec]
    load: Load
    share: Share
    host: str
    limits_s: Sequence[float]
    options: Mapping[str, Any]
    browser: Mapping[str, Any] = field(default_factory=dict)

    def to_plain(self) -> dict[str, Any]:
        """Dicts, lists, texts and numbers, for msgpack."""
        plain = asdict(self)
        for user in plain["users"]:
            for journey in user["journeys"]:
                journey["tags"] = sorted(journey["tags"])
                del journey["about"]  # decides what runs when, which has been decided by now
        return plain

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Order:
        """The order that `to_plain` wrote."""
        known = dict(plain)
        known["users"] = tuple(_user(user) for user in plain["users"])
        known["load"] = _load(plain["load"])
        known["share"] = Share(**plain["share"])
        return cls(**known)


def _user(plain: Mapping[str, Any]) -> UserSpec:
    journeys = tuple(
        JourneySpec(**{**journey, "tags": frozenset(journey["tags"]), "steps": tuple(journey["steps"])})
        for journey in plain["journeys"]
    )
    return UserSpec(**{**plain, "tags": tuple(plain["tags"]), "journeys": journeys})


def _load(plain: Mapping[str, Any]) -> Load:
    phases = tuple(
        Phase(**{**phase, "arrivals": tuple(Arrivals(**stream) for stream in phase["arrivals"])})
        for phase in plain["phases"]
    )
    return Load(**{**plain, "phases": phases})
