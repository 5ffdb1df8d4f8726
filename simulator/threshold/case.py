"""A threshold in one concrete scope, with the series that lie in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from simulator.record.measurements import Measurements
from simulator.record.sample import PhaseSpan, SeriesKey
from simulator.record.source import GENERATOR, NO_SERVICES
from simulator.threshold.metric import METRICS
from simulator.threshold.scope import KnownNames, fits, fits_key, shown
from simulator.threshold.threshold import Threshold


@dataclass(frozen=True)
class Case:
    """One threshold in one concrete scope.

    Attributes:
        threshold: the threshold.
        scope: scope word → name, for the reader.
        phases: the phases that count.
        keys: the series that lie in the scope.
        journeys: series of the journeys in the scope, for arrivals that were dropped; empty when those do not count.
        source: whose gauge is read; `None` for everything but gauges.
    """

    threshold: Threshold
    scope: dict[str, str]
    phases: tuple[PhaseSpan, ...]
    keys: tuple[SeriesKey, ...] = ()
    journeys: tuple[SeriesKey, ...] = ()
    source: str | None = None


def cases_of(threshold: Threshold, measurements: Measurements, names: KnownNames) -> list[Case]:
    """The threshold in every scope that it stands for; in one without series when nothing matches."""
    phases = _phases(threshold, measurements)
    whole = Case(threshold, shown(threshold.scope), phases)
    if METRICS[threshold.limit.metric].level == "gauge":
        cases = [replace(whole, source=source, scope=scope) for source, scope in _sources(whole, measurements)]
    elif threshold.each in (None, "phase"):
        keys, journeys = _keys(threshold, phases, measurements, names)
        cases = [replace(whole, keys=keys, journeys=journeys)]
    else:
        cases = _grouped(whole, *_keys(threshold, phases, measurements, names)) or [whole]
    return [part for case in cases for part in _by_phase(case)] if threshold.each == "phase" else cases


def _phases(threshold: Threshold, measurements: Measurements) -> tuple[PhaseSpan, ...]:
    patterns = threshold.scope.get("phase")
    if patterns is None:
        return tuple(phase for phase in measurements.phases if phase.measured)
    return tuple(phase for phase in measurements.phases if fits(patterns, phase.name))


def _keys(
    threshold: Threshold, phases: tuple[PhaseSpan, ...], measurements: Measurements, names: KnownNames
) -> tuple[tuple[SeriesKey, ...], tuple[SeriesKey, ...]]:
    """The series of the metric, and those of the journeys whose dropped arrivals count with them."""
    metric, inside = METRICS[threshold.limit.metric], {phase.name for phase in phases}
    found = [key for key in measurements.totals if key.phase in inside and fits_key(threshold.scope, key, names)]
    level = "resource" if metric.level == "operation" and _asks_for_resources(threshold) else metric.level
    keys = tuple(sorted(key for key in found if key.level == level))
    if metric.level == "vital":
        return tuple(key for key in keys if key.name == metric.name), ()
    narrowed = {"step", "request", "kind"} & {*threshold.scope, threshold.each}
    dropping = metric.level in ("operation", "journey") and not narrowed
    return keys, tuple(sorted(key for key in found if key.level == "journey")) if dropping else ()


def _asks_for_resources(threshold: Threshold) -> bool:
    """Requests of pages count only where they are meant by name: `kind: resource`."""
    return any(pattern.text == "resource" for pattern in threshold.scope.get("kind", ()))


def _group(each: str, key: SeriesKey) -> tuple[tuple[str, str], ...]:
    if each == "request":
        return (("request", key.name),)
    if each == "user":
        return (("user", key.user),)
    journey = (("user", key.user), ("journey", key.journey))
    return (*journey, ("step", key.step)) if each == "step" else journey


def _grouped(case: Case, keys: Iterable[SeriesKey], journeys: Iterable[SeriesKey]) -> list[Case]:
    each = case.threshold.each
    assert each is not None
    groups: dict[tuple[tuple[str, str], ...], tuple[list[SeriesKey], list[SeriesKey]]] = defaultdict(lambda: ([], []))
    for at, series in enumerate((keys, journeys)):
        for key in series:
            group = _group(each, key)
            if group[-1][1]:
                groups[group][at].append(key)
    return [
        replace(case, scope={**case.scope, **dict(group)}, keys=tuple(mine), journeys=tuple(dropping))
        for group, (mine, dropping) in sorted(groups.items())
    ]


def _sources(case: Case, measurements: Measurements) -> list[tuple[str | None, dict[str, str]]]:
    """Whose gauge is read: every service that fits, each by itself; the generator when no service is named."""
    patterns, metric = case.threshold.scope.get("service"), case.threshold.limit.gauge
    if patterns is None and case.threshold.each != "service":
        return [(GENERATOR, case.scope)]
    services = [source for source, name in measurements.gauges() if name == metric and source not in NO_SERVICES]
    fitting = [source for source in services if patterns is None or fits(patterns, source)]
    return [(source, {**case.scope, "service": source}) for source in fitting] or [(None, case.scope)]


def _by_phase(case: Case) -> list[Case]:
    def inside(keys: tuple[SeriesKey, ...], phase: PhaseSpan) -> tuple[SeriesKey, ...]:
        return tuple(key for key in keys if key.phase == phase.name)

    return [
        replace(
            case,
            phases=(phase,),
            scope={**case.scope, "phase": phase.name},
            keys=inside(case.keys, phase),
            journeys=inside(case.journeys, phase),
        )
        for phase in case.phases
    ] or [case]
