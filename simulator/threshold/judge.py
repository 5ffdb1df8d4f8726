"""The judge: thresholds and measurements in, rulings out. It reads no clock and no file, and keeps nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from simulator.record.measurements import Measurements
from simulator.record.sequential import surely_above
from simulator.threshold.case import Case, cases_of
from simulator.threshold.decision import IMPLIED_ERRORS, Care, broken_for_good, find, implied_errors
from simulator.threshold.observed import Observed
from simulator.threshold.relative import find_changes
from simulator.threshold.ruling import Finding, Ruling
from simulator.threshold.scope import KnownNames, shown
from simulator.threshold.threshold import Threshold

QUICK = Care(sliced=False)
CAREFUL = Care(sliced=True)
CERTAIN = Care(sliced=True, confidence=0.999)
FEWEST_TO_STOP = 30


def judge(
    thresholds: Iterable[Threshold],
    measurements: Measurements,
    *,
    final: bool,
    plan_names: KnownNames | None = None,
    baseline: Sequence[Measurements] = (),
) -> list[Ruling]:
    """What the measurements say about every threshold.

    Args:
        thresholds: all of the run; whether a latency limit brings its own error limit depends on the others.
        measurements: of the run so far.
        final: the run has ended. While it lasts samples count as independent, which is quick but promises too much.
        plan_names: resolves `tag` scopes; without it they have no data.
        baseline: the runs that changes (`rises`, `falls`) are measured against, in order of time.

    Returns:
        One ruling for each threshold, with `each` one for each series that matches; in order of the thresholds.
    """
    every, names = tuple(thresholds), plan_names or KnownNames()
    cases = [case for threshold in every for case in cases_of(threshold, measurements, names)]
    changing = [at for at, case in enumerate(cases) if case.threshold.limit.change is not None]
    changes = _changes([cases[at] for at in changing], measurements, baseline, names, final=final)
    known = dict(zip(changing, changes, strict=True))
    care = CAREFUL if final else QUICK
    return [
        _ruling(case, known[at] if at in known else _find(case, measurements, every, care))
        for at, case in enumerate(cases)
    ]


def certain_to_fail(
    thresholds: Iterable[Threshold], measurements: Measurements, *, plan_names: KnownNames | None = None
) -> list[Ruling]:
    """The thresholds with `abort` that have failed so clearly that going on is a waste of time.

    A broken window, a maximum or a count that is exceeded cannot be mended by anything that follows. A share, a mean or
    a rate could, in principle; it counts as certain once its whole 99.9% interval (with the design effect of slices of
    time) lies beyond the limit, over at least 30 samples, and the grace of `abort: after …` has passed since the
    phases it looks at began. A share must also be above what is allowed by a bound that holds for all looks together
    (`record.sequential`), because this is asked every second. Changes against a baseline never stop a run.
    """
    every, names = tuple(thresholds), plan_names or KnownNames()
    found = []
    for threshold in every:
        if threshold.abort_after_s is None or threshold.limit.change is not None:
            continue
        for case in cases_of(threshold, measurements, names):
            if _lasted_s(case, measurements) < threshold.abort_after_s:
                continue
            finding = _find(case, measurements, every, CERTAIN)
            enough = finding.lasting or finding.count >= FEWEST_TO_STOP
            if enough and broken_for_good(finding, threshold.limit) and _at_every_look(case, measurements, finding):
                found.append(_ruling(case, finding))
    return found


def _at_every_look(case: Case, measurements: Measurements, finding: Finding) -> bool:
    """Whether a broken share is above what is allowed by a bound that holds however often it is asked for."""
    limit, observed = case.threshold.limit, Observed(case, measurements)
    if finding.lasting or limit.level == "gauge" or limit.operator not in ("<", "<="):
        return True
    if limit.quantile is not None:
        pairs, allowed = observed.every_second(), 1 - limit.quantile
    elif limit.metric in ("error_rate", "journey_error_rate"):
        pairs, allowed = observed.every_second(), limit.value
    else:
        return True
    if limit.quantile is not None and _failed_by_errors(observed, finding):
        pairs, allowed = observed.error_pairs(), IMPLIED_ERRORS
    return surely_above([top for top, _ in pairs], [count for _, count in pairs], allowed)


def _failed_by_errors(observed: Observed, finding: Finding) -> bool:
    """Whether it is the implied error limit that is broken, not the limit on times."""
    errors = implied_errors(observed, CERTAIN)
    return errors is not None and errors.reason == finding.reason


def _lasted_s(case: Case, measurements: Measurements) -> float:
    if not case.phases:
        return 0.0
    return measurements.last_second + 1 - min(phase.start_s for phase in case.phases)


def _changes(
    cases: Sequence[Case],
    measurements: Measurements,
    baseline: Sequence[Measurements],
    names: KnownNames,
    *,
    final: bool,
) -> list[Finding]:
    if not cases:
        return []
    if not final:
        return [Finding("no data", "a change is judged when the run has ended")] * len(cases)
    return find_changes(cases, measurements, baseline, names)


def _find(case: Case, measurements: Measurements, thresholds: Sequence[Threshold], care: Care) -> Finding:
    observed = Observed(case, measurements)
    finding = find(observed, care)
    if not case.threshold.limit.is_latency or _has_error_limit(case.threshold, thresholds):
        return finding
    return _stricter(finding, implied_errors(observed, care))


def _has_error_limit(threshold: Threshold, thresholds: Sequence[Threshold]) -> bool:
    """Whether failures in the threshold's scope are limited by a threshold with exactly that scope."""
    scope = shown(threshold.scope)
    return any(
        other.limit.is_error_limit and other.each == threshold.each and shown(other.scope) == scope
        for other in thresholds
    )


def _stricter(finding: Finding, errors: Finding | None) -> Finding:
    """The finding on times, overruled by the implied error limit where that is worse."""
    if errors is None or finding.result == "fail":
        return finding
    if errors.result != "fail" and finding.leaning == "fail":
        return finding
    count = finding.count or errors.count
    return Finding(errors.result, errors.reason, finding.value, finding.low, finding.high, count, errors.leaning)


def _ruling(case: Case, finding: Finding) -> Ruling:
    threshold, limit = case.threshold, case.threshold.limit
    return Ruling(
        text=limit.text,
        name=threshold.name,
        file=threshold.file,
        line=threshold.line,
        severity=threshold.severity,
        result=finding.result,
        unit=limit.unit,
        limit=limit.value,
        reason=finding.reason,
        scope=case.scope,
        value=finding.value,
        low=finding.low,
        high=finding.high,
        count=finding.count,
        leaning=finding.leaning,
        relative=limit.change is not None,
    )
