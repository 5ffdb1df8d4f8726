"""From a run's measurements to what it says about each of its subjects."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.compare.facts import FEWEST, QUANTILES, RunFacts, SubjectFacts
from simulator.compare.subject import EVERYTHING, Subject, by_subject
from simulator.compare.timeline import Timeline, joined, spread_of, timeline
from simulator.record.change import Share, estimate_of
from simulator.record.measurements import Measurements
from simulator.record.sample import SeriesKey


def facts_of(measurements: Measurements, *, run: str = "", build: str = "") -> RunFacts:
    """What a run's measurements say about each of its subjects."""
    phases = measurements.measured_phases()
    series = by_subject(key for key in measurements.totals if key.phase in phases)
    journeys = [key for subject, keys in series.items() if subject.level == "journey" for key in keys]
    whole = {EVERYTHING: journeys} if journeys else {}
    spread = spread_of(measurements.total(key for key in measurements.totals if _is_operation(key, phases)))
    subjects, operations = {}, []
    for subject, keys in {**whole, **series}.items():
        line = timeline(measurements, keys)
        subjects[subject] = facts_of_timeline(line, _phase_p95_s(measurements, keys))
        if subject.level == "operation":
            operations.append(line.coarse(spread, QUANTILES.values()))
    together = facts_of_timeline(joined(operations)).intervals if operations else {}
    return RunFacts(run, build, subjects, _errors(measurements, phases), _readings(measurements), together)


def facts_of_timeline(line: Timeline, phase_p95_s: Mapping[str, float] | None = None) -> SubjectFacts:
    """What a timeline says."""
    succeeded, total = line.count, round(float((line.ok + line.failed + line.dropped).sum()))
    found = {name: line.percentile_interval(q) for name, q in QUANTILES.items() if succeeded >= FEWEST[name]}
    times = {name: estimate for name, interval in found.items() if (estimate := estimate_of(interval)) is not None}
    errors, rate = line.error_interval(), line.rate_interval()
    failures = Share(float((line.failed + line.dropped).sum()), total, errors.design_effect)
    mean_s = float(line.sum_s.sum()) / succeeded if succeeded else None
    intervals = {f"{name}_s": interval for name, interval in found.items()}
    answered = line.error_interval(dropped=False) if line.dropped.any() else errors
    intervals |= {"error_rate": answered if total else None, "rate_per_s": rate}
    ends = {name: (max(0.0, each.low), each.high) for name, each in intervals.items() if each is not None}
    return SubjectFacts(total, mean_s, times, failures, estimate_of(rate), phase_p95_s or {}, ends)


def _is_operation(key: SeriesKey, phases: set[str]) -> bool:
    return key.level == "operation" and key.phase in phases


def _phase_p95_s(measurements: Measurements, keys: list[SeriesKey]) -> dict[str, float]:
    """The p95 in each phase, when there are several."""
    phases = sorted({key.phase for key in keys})
    if len(phases) < 2:
        return {}
    by_phase = {phase: measurements.total(key for key in keys if key.phase == phase) for phase in phases}
    found = {phase: cell.ok.percentile(0.95) for phase, cell in by_phase.items()}
    return {phase: p95_s for phase, p95_s in found.items() if p95_s}


def _errors(measurements: Measurements, phases: set[str]) -> dict[Subject, dict[str, int]]:
    found: dict[Subject, dict[str, int]] = {}
    for key, failure in measurements.failures.items():
        if key.phase not in phases or not failure.is_failure:
            continue
        kind = f"{key.error_class}: {key.pattern}" if not key.pattern.startswith(key.error_class) else key.pattern
        whole = Subject(key.user, key.journey, key.step, key.name)
        for subject in {whole, whole._replace(name=""), whole._replace(step="", name=""), EVERYTHING}:
            kinds = found.setdefault(subject, {})
            kinds[kind] = kinds.get(kind, 0) + failure.count
    return found


def _readings(measurements: Measurements) -> dict[tuple[str, str], float]:
    spans = [(p.start_s, p.end_s) for p in measurements.phases if p.measured]
    found = {}
    for source, metric in measurements.gauges():
        values = [
            reading.value
            for reading in measurements.readings(source, metric)
            if any(start_s <= reading.at_s and (end_s is None or reading.at_s <= end_s) for start_s, end_s in spans)
        ]
        if values:
            found[source, metric] = sum(values) / len(values)
    return found
