"""`run.json`: a run as one object that readers outside can depend on. Fields are added, never changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from simulator.compare.facts import RunFacts
from simulator.record.cell import Cell, merged
from simulator.record.histogram import Histogram, rank_of
from simulator.record.manifest import Manifest
from simulator.record.measurements import Measurements
from simulator.record.sample import PhaseSpan, SeriesKey
from simulator.record.validity import ValidityCheck
from simulator.report.intervals import intervals_of
from simulator.threshold.ruling import Ruling
from simulator.threshold.verdict import Verdict

FORMAT = 1
LEVELS = ("operation", "step", "journey")
VITAL_UNITS = dict.fromkeys(("cls", "long_tasks", "page_errors", "console_errors"), "")
"""The class under which slow journeys leave evidence; they are no errors."""


def run_document(
    manifest: Manifest,
    measurements: Measurements,
    ending: Mapping[str, Any] | None,
    rulings: Sequence[Ruling],
    verdict: Verdict,
    validity: Sequence[ValidityCheck],
    virtual: Mapping[str, Mapping[str, Any]] | None = None,
    contracts: Mapping[str, Any] | None = None,
    facts: RunFacts | None = None,
) -> dict[str, Any]:
    """The document of a run.

    Args:
        manifest: what ran.
        measurements: of the whole run.
        ending: how it ended; `None` when it never came to its end.
        rulings: of all thresholds.
        verdict: what they come to.
        validity: of the measurement.
        virtual: service → what a virtual service told at the end; `None` when there was none.
        contracts: as `contract_rows` has them; `None` when answers were not checked.
        facts: what the run says about its subjects; without them figures have no intervals.
    """
    plain = manifest.to_plain()
    duration_s = ending["duration_s"] if ending else float(measurements.last_second + 1)
    return {
        "format": FORMAT,
        "run": manifest.run,
        "build": manifest.build,
        "started_at": manifest.started_at,
        "duration_s": duration_s,
        "host": manifest.host,
        "environment": manifest.environment or None,
        "profile": manifest.profile or None,
        "command": manifest.command,
        "machine": plain["machine"],
        "versions": plain["versions"],
        "verdict": verdict.verdict,
        "exit_code": verdict.exit_code,
        "reasons": list(verdict.reasons),
        "ended": (ending["reason"] or ending["how"]) if ending else "killed",
        "measured_s": measurements.measured_s(),
        "phases": [_phase(span, manifest) for span in measurements.phases],
        "journeys": plain["journeys"],
        "thresholds": [_threshold(ruling) for ruling in rulings],
        "series": [{**row, **intervals_of(row, facts)} for row in _series(measurements)],
        "vitals": list(_vitals(measurements)),
        "resources": list(_resources(measurements)),
        "readings": list(_readings(measurements)),
        "errors": list(_errors(measurements)),
        "slowest": list(_slowest(measurements)),
        "validity": [asdict(check) for check in validity],
        "virtual": list(_virtual(measurements, virtual or {})),
        "change": None,
        "contracts": contracts,
        "waterfalls": [],
        "correlations": [],
    }


def _phase(span: PhaseSpan, manifest: Manifest) -> dict[str, Any]:
    load = next((phase.load for phase in manifest.phases if phase.name == span.name), "")
    return {**asdict(span), "load": load}


def _threshold(ruling: Ruling) -> dict[str, Any]:
    return {**asdict(ruling), "scope": dict(ruling.scope)}


def _series(measurements: Measurements) -> Iterator[dict[str, Any]]:
    """All operations together first; then each series over the measured phases, then each in each phase."""
    judged_phases = measurements.measured_phases()
    lasted_s = {phase.name: measurements.span_s(phase) for phase in measurements.phases}
    measured_s = sum(lasted_s[name] for name in judged_phases)
    yield _all_operations(measurements, judged_phases, measured_s)
    whole: dict[SeriesKey, list[Cell]] = defaultdict(list)
    for key, cell in measurements.totals.items():
        if key.level in LEVELS and key.phase in judged_phases:
            whole[key._replace(phase="")].append(cell)
    for key in sorted(whole, key=_order):
        yield _row(key, merged(whole[key]), measured_s)
    for key in sorted((k for k in measurements.totals if k.level in LEVELS and k.phase in lasted_s), key=_order):
        yield _row(key, measurements.totals[key], lasted_s[key.phase])


def _all_operations(measurements: Measurements, phases: set[str], lasted_s: float) -> dict[str, Any]:
    cells = [c for k, c in measurements.totals.items() if k.level == "operation" and k.phase in phases]
    row = _row(SeriesKey("operation", "", "", "", "", "", ""), merged(cells), lasted_s)
    arrivals = merged(c for k, c in measurements.totals.items() if k.level == "journey" and k.phase in phases)
    return {**row, "user": None, "journey": None, "step": None, "name": None, "kind": None, "dropped": arrivals.dropped}


def _virtual(measurements: Measurements, told: Mapping[str, Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Each virtual service: what it was asked, in each phase, and which of its stubs answered nothing."""
    lasted_s = {phase.name: measurements.span_s(phase) for phase in measurements.phases}
    keys = sorted(key for key in measurements.totals if key.level == "virtual" and key.phase in lasted_s)
    shown = (
        "name",
        "phase",
        "count",
        "errors",
        "error_rate",
        "rate_per_s",
        "p50_s",
        "p95_s",
        "p99_s",
        "max_s",
        "bytes",
    )
    for service, status in sorted(told.items()):
        rows = [_row(key, measurements.totals[key], lasted_s[key.phase]) for key in keys if key.user == service]
        yield {
            "service": service,
            "requests": status.get("requests"),
            "unmatched": status.get("unmatched"),
            "strict": status.get("strict", False),
            "unused_stubs": status.get("unused", []),
            "series": [{name: row[name] for name in shown} for row in rows],
        }


def _order(key: SeriesKey) -> tuple[Any, ...]:
    return (key.user, key.journey, key.phase, -LEVELS.index(key.level), key.step, key.name)


def _row(key: SeriesKey, cell: Cell, lasted_s: float) -> dict[str, Any]:
    times, ended = cell.ok, cell.count
    return {
        "level": key.level,
        "user": key.user or None,
        "journey": key.journey or None,
        "step": key.step or None,
        "name": key.name or None,
        "phase": key.phase or None,
        "kind": key.kind or None,
        "count": ended,
        "errors": cell.errors,
        "error_rate": cell.errors / ended if ended else None,
        "rate_per_s": ended / lasted_s if lasted_s else None,
        "mean_s": times.mean(),
        "min_s": times.min_s if times.count > 0 else None,
        "max_s": times.max_s if times.count > 0 else None,
        **_percentiles(times),
        "service_p95_s": cell.service_times().percentile(0.95),
        "dropped": cell.dropped,
        "cut_off": cell.cut_off,
        "unanswered": cell.unanswered,
        "bytes": cell.size_bytes,
    }


def _percentiles(times: Histogram) -> dict[str, float | None]:
    wanted = {"p50_s": 0.5, "p75_s": 0.75, "p90_s": 0.9, "p95_s": 0.95, "p99_s": 0.99, "p999_s": 0.999}
    return {name: times.percentile(q) for name, q in wanted.items()}


def _vitals(measurements: Measurements) -> Iterator[dict[str, Any]]:
    phases = measurements.measured_phases()
    found: dict[tuple[str, str, str], list[Cell]] = defaultdict(list)
    for key, cell in measurements.totals.items():
        if key.level == "vital" and key.phase in phases:
            found[key.journey, key.step, key.name].append(cell)
    for (journey, page, metric), cells in sorted(found.items()):
        values = merged(cells).ok
        yield {
            "journey": journey,
            "page": page,
            "metric": metric,
            "count": values.count,
            "p50": values.percentile(0.5),
            "p75": values.percentile(0.75),
            "p95": values.percentile(0.95),
            "unit": VITAL_UNITS.get(metric, "s"),
        }


def _resources(measurements: Measurements) -> Iterator[dict[str, Any]]:
    """The requests of pages over the measured phases, by kind and host; `target` is the target's own host."""
    phases = measurements.measured_phases()
    found: dict[tuple[str, str], list[Cell]] = defaultdict(list)
    for key, cell in measurements.totals.items():
        if key.level == "resource" and key.phase in phases:
            found[key.journey, key.name].append(cell)
    for (journey, name), cells in sorted(found.items()):
        kind, _, host = name.partition(" ")
        cell = merged(cells)
        yield {
            "journey": journey,
            "kind": kind,
            "host": host,
            "third_party": host != "target",
            "count": cell.count,
            "errors": cell.errors,
            "cut_off": cell.cut_off,
            "bytes": cell.size_bytes,
            "p50_s": cell.ok.percentile(0.5),
            "p95_s": cell.ok.percentile(0.95),
            "max_s": cell.ok.max_s if cell.ok.count else None,
        }


def _slowest(measurements: Measurements) -> Iterator[dict[str, Any]]:
    """What the slowest journeys looked like in the end."""
    for failure in sorted(measurements.failures.values(), key=lambda f: f.key):
        if not failure.is_failure:
            yield {"journey": failure.key.journey, "message": failure.message, "evidence": failure.paths}


def _readings(measurements: Measurements) -> Iterator[dict[str, Any]]:
    for source, metric in measurements.gauges():
        readings = [r for r in measurements.readings(source, metric) if _is_measured(r.at_s, measurements.phases)]
        values = sorted(reading.value for reading in readings)
        if values:
            yield {
                "source": source,
                "metric": metric,
                "unit": readings[0].unit,
                "mean": sum(values) / len(values),
                "max": values[-1],
                "p95": values[rank_of(0.95, len(values)) - 1],
            }


def _is_measured(at_s: float, phases: Iterable[PhaseSpan]) -> bool:
    return any(p.measured and p.start_s <= at_s <= (p.end_s if p.end_s is not None else at_s) for p in phases)


def _errors(measurements: Measurements) -> Iterator[dict[str, Any]]:
    for failure in sorted(measurements.failures.values(), key=lambda f: -f.count):
        key = failure.key
        if not failure.is_failure:
            continue
        yield {
            "journey": key.journey,
            "step": key.step or None,
            "name": key.name or None,
            "class": key.error_class,
            "message": failure.message,
            "count": failure.count,
            "first_s": failure.first_s,
            "last_s": failure.last_s,
            "evidence": failure.paths,
            "user": key.user,
            "phase": key.phase,
        }
