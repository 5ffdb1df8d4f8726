"""Limits on a change against the baseline: `rises` and `falls`, run against runs.

Times, rates and gauges change by a share of the baseline's value; error rates change in percentage points, because a
share of an error rate of zero means nothing. All changes of one run form a family: each must be proven among all of
them before it fails the run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from simulator.record.change import (
    Change,
    Estimate,
    Share,
    change_of_shares,
    change_of_values,
    discoveries,
    estimate_of,
    judgement,
    runs_to_show,
)
from simulator.record.interval import Interval, mean_interval, percentile_interval, share_interval
from simulator.record.measurements import Measurements
from simulator.threshold.case import Case, cases_of
from simulator.threshold.decision import Care, find
from simulator.threshold.limit import Limit
from simulator.threshold.observed import Observed
from simulator.threshold.ruling import Finding, Leaning, Result
from simulator.threshold.scope import KnownNames
from simulator.threshold.wording import measure
from simulator.units import show, show_share

_RESULTS: dict[str, Result] = {
    "regressed": "fail", "improved": "pass", "unchanged": "pass", "inconclusive": "inconclusive",
}  # fmt: skip


def find_changes(
    cases: Sequence[Case], measurements: Measurements, baseline: Sequence[Measurements], names: KnownNames
) -> list[Finding]:
    """What the numbers say about each limit on a change.

    Args:
        cases: limits with `rises` or `falls`, each in its concrete scope.
        measurements: of the run that has ended.
        baseline: of the runs it is compared with, in order of time; without any there is no data.
        names: resolves tags.
    """
    if not baseline:
        return [Finding("no data", "no baseline was given, so there is nothing to compare with")] * len(cases)
    changes = [_change(case, measurements, baseline, names) for case in cases]
    judged = [at for at, change in enumerate(changes) if change is not None]
    proven = dict(zip(judged, discoveries([c.chance for c in changes if c is not None]), strict=True))
    return [
        _finding(Observed(case, measurements), change, proven=proven.get(at, False), runs=len(baseline))
        for at, (case, change) in enumerate(zip(cases, changes, strict=True))
    ]


def _change(
    case: Case, measurements: Measurements, baseline: Sequence[Measurements], names: KnownNames
) -> Change | None:
    """How much the value rose (fell, where that is limited); `None` when one side has nothing to say."""
    limit, newer = case.threshold.limit, Observed(case, measurements)
    older = [Observed(_case_in(run, case, names), run) for run in baseline]
    if _is_share(limit):
        shares = [share for observed in older if (share := _share(observed)) is not None]
        mine = _share(newer)
        change = change_of_shares(shares, [mine]) if shares and mine else None
    else:
        estimates = [estimate for observed in older if (estimate := _estimate(observed)) is not None]
        own = _estimate(newer)
        change = change_of_values(estimates, [own]) if estimates and own else None
    return change if change is None or limit.change == "rises" else change.turned()


def _case_in(run: Measurements, case: Case, names: KnownNames) -> Case:
    """The same case in a run of the baseline; without series where the run has none."""
    found = [other for other in cases_of(case.threshold, run, names) if other.scope == case.scope]
    return found[0] if found else replace(case, phases=(), keys=(), journeys=(), source=None)


def _is_share(limit: Limit) -> bool:
    return limit.unit == "share" and limit.level != "gauge"


def _share(observed: Observed) -> Share | None:
    pairs = observed.every_second() if observed.limit.metric in ("error_rate", "journey_error_rate") else []
    if pairs:
        interval = share_interval([top for top, _ in pairs], [count for _, count in pairs])
        return Share(interval.estimate * interval.count, interval.count, interval.design_effect)
    count = observed.total.count
    found = find(observed, Care(sliced=False)) if count else None
    return None if found is None or found.value is None else Share(found.value * count, count)


def _estimate(observed: Observed) -> Estimate | None:
    """The value with its error within the run; values that have no interval count as exact."""
    interval = _interval(observed)
    if interval is not None and (estimate := estimate_of(interval)) is not None:
        return estimate
    value = find(observed, Care(sliced=False)).value if observed.case.phases else None
    return Estimate(value) if value is not None and value > 0 else None


def _interval(observed: Observed) -> Interval | None:
    limit = observed.limit
    if limit.level == "gauge":
        return None
    if limit.quantile is not None:
        return percentile_interval(observed.cells, limit.quantile, of=observed.times)
    if limit.aggregate in ("mean", "rate"):
        pairs = observed.every_second()
        return mean_interval([top for top, _ in pairs], [bottom for _, bottom in pairs])
    return None


def _finding(observed: Observed, change: Change | None, *, proven: bool, runs: int) -> Finding:
    limit, interval = observed.limit, _interval(observed)
    if change is None:
        return Finding("no data", "the run or its baseline measured too little to compare")
    called = judgement(change, limit.value, proven=proven)
    leaning: Leaning | None = None
    if called == "inconclusive":
        leaning = "fail" if change.estimate >= limit.value else "pass"
    low, high = (interval.low, interval.high) if interval and change.scale == "ratio" else (None, None)
    reason = _reason(limit, change, _RESULTS[called], runs)
    return Finding(_RESULTS[called], reason, change.new, low, high, _count(observed), leaning)


def _count(observed: Observed) -> int:
    if observed.limit.level == "gauge":
        return len(observed.readings)
    return observed.total.count + observed.dropped_total if _is_share(observed.limit) else observed.total.count


def _reason(limit: Limit, change: Change, result: Result, runs: int) -> str:
    """One sentence: how much, how sure, from what to what, against how many runs, and what would settle it."""
    against = f"{runs} baseline run{'' if runs == 1 else 's'}"
    values = f"from {show(change.base, limit.unit)} to {show(change.new, limit.unit)}"
    text = f"{measure(limit)} {moved(change, rising=limit.change == 'rises')} {values} against {against}"
    text += f", {amount(limit.value, change)} is allowed"
    if result == "inconclusive" and change.scale == "ratio":
        text += f"; {noise_words(change, limit.value)}"
    return text


def moved(change: Change, *, rising: bool) -> str:
    """`rose by 12% [8%, 17%]`: in the direction in which the value went, with its interval.

    Args:
        change: as it was judged.
        rising: rising was judged; else the change was turned and falling was.
    """
    up = (change.estimate >= 0) == rising
    sign = 1 if change.estimate >= 0 else -1
    ends = sorted((sign * change.low, sign * change.high))
    shown = ", ".join(amount(end, change) for end in ends)
    return f"{'rose' if up else 'fell'} by {amount(abs(change.estimate), change)} [{shown}]"


def amount(value: float, change: Change) -> str:
    """A change as text: per cent of the base, or percentage points."""
    if change.scale == "points":
        return f"{float(f'{value * 100:.3g}'):g} points"
    return "0%" if abs(value) < 5e-5 else f"-{show_share(-value)}" if value < 0 else show_share(value)


def noise_words(change: Change, allowed: float) -> str:
    """How noisy runs are, and how many of them would settle it."""
    if not change.known:
        return f"run-to-run noise is not known yet (assumed ±{show_share(round(change.spread, 3))})"
    runs = runs_to_show(change, allowed)
    text = f"run-to-run noise is ±{show_share(round(change.spread, 3))}"
    return text if runs is None else f"{text}; {runs} interleaved runs of each build would show {show_share(allowed)}"
