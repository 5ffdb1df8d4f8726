"""Which names a threshold may refer to, from what is planned."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from simulator.plan.cast import Cast
from simulator.plan.environment import EnvironmentSpec
from simulator.plan.load import ANYONE, Load, Phase
from simulator.record.manifest import Manifest, PlannedJourney, PlannedPhase
from simulator.record.source import NO_SERVICES
from simulator.threshold.scope import KnownNames

SERVICES = ("message", "database", "call")
KINDS = {
    "api": ("http", *SERVICES),
    "locust": ("http",),
    "browser": ("browser", "http", "resource"),
    "component": SERVICES,
}


def known_names(cast: Cast, load: Load, environment: EnvironmentSpec) -> KnownNames:
    """The names of a run that is about to begin."""
    services = [service.name for service in environment.services]
    return _names(planned_journeys(cast), [phase.name for phase in load.phases], services)


def known_names_of(manifest: Manifest) -> KnownNames:
    """The names of a stored run."""
    return _names(manifest.journeys, [phase.name for phase in manifest.phases], manifest.services)


def planned_journeys(cast: Cast) -> list[PlannedJourney]:
    """The cast's journeys, as the manifest keeps them."""
    return [
        PlannedJourney(
            user.name, user.kind, journey.name, journey.weight, sorted(journey.tags), list(journey.steps),
            journey.steps_known, journey.summary,
        )
        for user in cast.users
        for journey in user.journeys
    ]  # fmt: skip


def planned_phases(load: Load) -> list[PlannedPhase]:
    """The phases, as the manifest keeps them, with their load in words."""
    return [
        PlannedPhase(phase.name, phase.start_s, phase.duration_s, phase.measured, ", ".join(_load_words(phase)))
        for phase in load.phases
    ]


def _load_words(phase: Phase) -> Iterator[str]:
    if phase.duration_s is None and phase.name == "once":
        yield "every journey once"
        return

    for name, count in phase.users.items():
        yield f"{count} users" if name == ANYONE else f"{count} {name}"
    for stream in phase.arrivals:
        rate = f"{stream.per_s:g}/s" if stream.to_per_s is None else f"{stream.per_s:g}/s to {stream.to_per_s:g}/s"
        yield rate if stream.of == ANYONE else f"{rate} {stream.of}"


def _names(journeys: Iterable[PlannedJourney], phases: Iterable[str], services: Iterable[str]) -> KnownNames:
    journeys = list(journeys)
    by_tag: dict[str, set[str]] = defaultdict(set)
    for journey in journeys:
        for tag in journey.tags:
            by_tag[tag].add(journey.name)
    all_known = all(journey.steps_known for journey in journeys)
    return KnownNames(
        users={journey.user for journey in journeys},
        journeys={journey.name for journey in journeys},
        steps={step for journey in journeys for step in journey.steps} if all_known else None,
        requests=None,
        tags=set(by_tag),
        kinds={kind for journey in journeys for kind in KINDS.get(journey.kind, ())},
        phases=set(phases),
        services={*services, *NO_SERVICES},
        journeys_of_tag=dict(by_tag),
    )
