"""How a limit is decided from what was observed.

Shares (slow ones, failures) are decided by whether their confidence interval lies on one side of what is allowed; what
lies across it is inconclusive. `p95 < 800 ms` is such a share: at most 5% may take 800 ms or longer. Sums, means and
extremes are decided on their value.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from simulator.record.histogram import BUCKETS_PER_OCTAVE, UNIT_S, Histogram, bucket_of
from simulator.record.interval import (
    CONFIDENCE,
    MIDDLE,
    Interval,
    mean_interval,
    percentile_interval,
    samples_to_settle,
    share_interval,
)
from simulator.threshold import wording
from simulator.threshold.limit import Limit, compare
from simulator.threshold.observed import Observed, Pair, nearest_rank
from simulator.threshold.ruling import Finding, Leaning, Result

IMPLIED_ERRORS = 0.01


@dataclass(frozen=True)
class Care:
    """How carefully a decision is taken.

    Attributes:
        sliced: variances come from slices of time; without, samples count as independent (quick, for a live view).
        confidence: two-sided, of the intervals.
    """

    sliced: bool = True
    confidence: float = CONFIDENCE


def find(observed: Observed, care: Care) -> Finding:
    """What the numbers say about a limit on the value itself (not on a change)."""
    limit = observed.limit
    if not observed.case.phases:
        return Finding("no data", wording.no_phase(observed.case))
    if limit.every_s is not None:
        return find_in_windows(observed, limit.every_s)
    if limit.level == "gauge":
        return _find_gauge(observed)
    if limit.metric in ("status", "contract_violations"):
        return _find_failures(observed, care)
    if limit.quantile is not None:
        return _find_percentile(observed, limit.quantile, care)
    if limit.unit == "share":
        return _find_error_rate(observed, care)
    return _find_value(observed, care)


def implied_errors(observed: Observed, care: Care) -> Finding | None:
    """The error limit of 1% that a latency limit brings along; `None` while it is kept or cannot be judged."""
    failed, count = map(int, observed.failures)
    if not count or failed / count <= IMPLIED_ERRORS:
        return None
    pairs = observed.error_pairs() if care.sliced else []
    interval = _share(pairs, (float(failed), float(count)), care)
    result, leaning = _decide(interval, Limit("", "error_rate", None, "rate", None, "<=", IMPLIED_ERRORS, "share"))
    reason = wording.implied(failed, count, IMPLIED_ERRORS)
    return Finding(result, reason, count=count, leaning=leaning)


def find_in_windows(observed: Observed, every_s: int) -> Finding:
    """A limit that must hold in every window of so many whole seconds; the value is that of the worst window."""
    limit, windows = observed.limit, _windows(observed, every_s)
    if not windows:
        return Finding("no data", wording.too_short(observed.span_s, every_s))
    judged = [(_level(pair, limit, every_s), first, pair) for first, pair in windows if _has_samples(pair, limit)]
    if not judged:
        return Finding("no data", wording.nothing(observed.case))
    if limit.metric in ("throughput", "journeys") and not any(pair[0] for _, _, pair in judged):
        return Finding("no data", wording.nothing(observed.case))
    broken = [window for window in judged if not _keeps(window[0], limit)]
    upper = limit.operator in ("<", "<=")
    level, first, pair = max(judged, key=lambda w: w[0]) if upper else min(judged, key=lambda w: w[0])
    value = _window_value(observed, level, first, every_s)
    count = round(pair[0] if limit.aggregate in ("rate", "count") and limit.unit != "share" else pair[1])
    reason = wording.windows(limit, value, count, first, every_s, len(broken), len(judged))
    return Finding("fail" if broken else "pass", reason, value, count=count, lasting=True)


def _windows(observed: Observed, every_s: int) -> list[tuple[int, Pair]]:
    """First second and sums of every complete window."""
    found = []
    for stretch in observed.stretches:
        pairs = observed.pairs(stretch)
        top = sum(pair[0] for pair in pairs[:every_s])
        bottom = sum(pair[1] for pair in pairs[:every_s])
        for at in range(len(pairs) - every_s + 1):
            if at:
                top += pairs[at + every_s - 1][0] - pairs[at - 1][0]
                bottom += pairs[at + every_s - 1][1] - pairs[at - 1][1]
            found.append((stretch[at], (top, bottom)))
    return found


def _has_samples(pair: Pair, limit: Limit) -> bool:
    return pair[1] > 0 or limit.aggregate == "count"


def _level(pair: Pair, limit: Limit, every_s: int) -> float:
    """What a window's sums come to: a share, a mean, a rate, or a plain sum."""
    if limit.aggregate == "count":
        return pair[0]
    return pair[0] / pair[1]


def _keeps(level: float, limit: Limit) -> bool:
    if limit.quantile is None:
        return limit.holds(level)
    few = level <= _allowed(limit.quantile)
    return few if limit.operator in ("<", "<=") else not few


def _window_value(observed: Observed, level: float, first: int, every_s: int) -> float | None:
    limit = observed.limit
    if limit.quantile is None:
        return level
    if limit.level == "gauge":
        return nearest_rank([v for at_s, v in observed.readings if first <= at_s < first + every_s], limit.quantile)
    inside = [cell for second, cell in observed.cells.items() if first <= second < first + every_s]
    times = observed.times(inside[0])
    for cell in inside[1:]:
        merged = type(times)()
        merged.merge(times)
        merged.merge(observed.times(cell))
        times = merged
    return _beside_edge(times, times.percentile(limit.quantile), limit, few=level <= _allowed(limit.quantile))


def _find_gauge(observed: Observed) -> Finding:
    limit, values = observed.limit, [value for _, value in observed.readings]
    if not values:
        return Finding("no data", wording.no_readings(observed.case))
    value = _statistic(values, limit)
    result: Result = "pass" if limit.holds(value) else "fail"
    reason = wording.plain(limit, value, None, None, len(values))
    return Finding(result, reason, value, count=len(values), lasting=_lasts(limit))


def _statistic(values: list[float], limit: Limit) -> float:
    if limit.quantile is not None:
        return nearest_rank(values, limit.quantile)
    mean = sum(values) / len(values)
    if limit.aggregate == "stdev":
        return math.sqrt(sum((value - mean) ** 2 for value in values) / max(1, len(values) - 1))
    return {"mean": mean, "min": min(values), "max": max(values), "count": float(len(values))}[limit.aggregate]


def _find_failures(observed: Observed, care: Care) -> Finding:
    """Failures of one class: only their totals are kept, so how they cluster is taken from all failures."""
    limit, count = observed.limit, observed.total.count
    failed = _failures(observed)
    if not count or (limit.metric == "contract_violations" and not failed):
        return Finding("no data", wording.nothing(observed.case))
    if limit.aggregate == "count":
        result: Result = "pass" if limit.holds(failed) else "fail"
        return Finding(
            result, wording.plain(limit, failed, None, None, count), float(failed), count=count, lasting=True
        )
    errors = observed.total.errors
    pairs = observed.error_pairs() if care.sliced else []
    alike = _share(pairs, (float(errors), float(count)), care)
    effect = 1 + (alike.design_effect - 1) * failed / max(1, errors)  # clustering weighs as much as its share of all
    interval = _share([], (float(failed), float(count)), care).wider(effect)
    return _share_finding(observed, interval, failed)


def _failures(observed: Observed) -> int:
    limit = observed.limit
    inside = {(key.user, key.journey, key.step, key.name, key.phase) for key in observed.case.keys}
    wanted: Callable[[str], bool]
    if limit.metric == "status":
        digits = (limit.status or "").replace("xx", "")
        wanted = lambda name: name.startswith(f"http {digits}")  # noqa: E731
    else:
        wanted = lambda name: name == "contract"  # noqa: E731
    found = observed.measurements.failures.items()
    return sum(
        failure.count
        for key, failure in found
        if wanted(key.error_class) and (key.user, key.journey, key.step, key.name, key.phase) in inside
    )


def _find_percentile(observed: Observed, q: float, care: Care) -> Finding:
    limit, times = observed.limit, observed.times(observed.total)
    value = times.percentile(q)
    if value is None:
        failed = observed.total.errors + observed.total.unanswered
        return Finding("no data", wording.all_failed(failed) if failed else wording.nothing(observed.case))
    pairs = observed.every_second() if care.sliced else []
    slow, count = float(observed.slow(observed.total)), float(times.count)
    share = _share(pairs, (slow, count), care)
    if care.sliced:
        share = _as_sure_as_the_middle(observed, share)
    value = _beside_edge(times, value, limit, few=share.estimate <= _allowed(q))
    upper = limit.operator in ("<", "<=")
    result, leaning = _decide_share(share, _allowed(q), upper=upper)
    shown = percentile_interval(observed.cells, q, of=observed.times) if care.sliced else None
    low, high = (shown.low, shown.high) if shown else (None, None)
    more = samples_to_settle(share, _allowed(q)) if result == "inconclusive" else 0
    reason = wording.percentile(limit, value, low, high, share, _allowed(q), result, more, observed.span_s)
    return Finding(result, reason, value, low, high, times.count, leaning)


def _as_sure_as_the_middle(observed: Observed, share: Interval) -> Interval:
    """The share of slow ones, no surer than the median: what slows everything down moves them over the limit too."""
    middle = percentile_interval(observed.cells, MIDDLE, of=observed.times)
    if middle is None or not 0 < share.estimate < 1:
        return share
    times, edge_s = observed.times(observed.total), observed.limit.edge_s
    here = times.at_least(edge_s)
    more, fewer = (abs(times.at_least(edge_s * middle.estimate / end_s) - here) for end_s in (middle.high, middle.low))
    stretched = max(
        more / times.count / (share.high - share.estimate), fewer / times.count / (share.estimate - share.low)
    )
    return share.wider(share.design_effect * stretched**2) if stretched > 1 else share


def _beside_edge(times: Histogram, value: float | None, limit: Limit, *, few: bool) -> float:
    """A percentile, put on the side of the limit that the exact counts tell, when its bucket holds the limit too."""
    assert value is not None
    bucket, edge_s = bucket_of(limit.edge_s), limit.edge_s
    if few and value >= edge_s:
        return max(times.min_s, (_begin_of(bucket) + edge_s) / 2)
    if not few and value < edge_s:
        return min(times.max_s, (edge_s + _begin_of(bucket + 1)) / 2)
    return value


def _begin_of(bucket: int) -> float:
    return float(2.0 ** (bucket / BUCKETS_PER_OCTAVE)) * UNIT_S


def _find_error_rate(observed: Observed, care: Care) -> Finding:
    failed, count = map(int, observed.failures)
    if not count:
        return Finding("no data", wording.nothing(observed.case))
    pairs = observed.every_second() if care.sliced else []
    return _share_finding(observed, _share(pairs, (float(failed), float(count)), care), failed)


def _share_finding(observed: Observed, interval: Interval, failed: int) -> Finding:
    limit = observed.limit
    result, leaning = _decide(interval, limit)
    more = samples_to_settle(interval, limit.value) if result == "inconclusive" else 0
    reason = wording.share(limit, interval, failed, result, more, observed.span_s)
    return Finding(result, reason, interval.estimate, interval.low, interval.high, round(interval.count), leaning)


def _find_value(observed: Observed, care: Care) -> Finding:
    """Means, extremes, sums and rates: decided on the value, with an interval where there is one."""
    limit, total = observed.limit, observed.total
    count = total.count if limit.metric in ("throughput", "journeys", "bytes") else observed.times(total).count
    if limit.metric in ("error_rate", "journey_error_rate"):
        count = int(observed.failures[1])
    value = _total_value(observed) if count else None
    if value is None:
        return Finding("no data", wording.nothing(observed.case))
    averaged = limit.aggregate in ("mean", "rate") and care.sliced
    pairs = observed.every_second() if averaged else []
    interval = mean_interval([p[0] for p in pairs], [p[1] for p in pairs], confidence=care.confidence)
    low, high = (max(0.0, interval.low), interval.high) if interval else (None, None)
    result: Result = "pass" if limit.holds(value) else "fail"
    reason = wording.plain(limit, value, low, high, count)
    return Finding(result, reason, value, low, high, count, lasting=_lasts(limit))


def _total_value(observed: Observed) -> float | None:
    limit, times = observed.limit, observed.times(observed.total)
    top, bottom = observed.pair(observed.total, observed.dropped_total)
    if limit.aggregate == "rate":
        return top / observed.span_s if observed.span_s > 0 else None
    if limit.aggregate == "mean":
        return top / bottom
    if limit.aggregate == "stdev":
        return times.stdev()
    return {"min": times.min_s, "max": times.max_s, "count": top}[limit.aggregate]


def _allowed(q: float) -> float:
    return round(1 - q, 9)


def _share(pairs: list[Pair], total: Pair, care: Care) -> Interval:
    """The interval of a share; its value is that of the totals, its width from the seconds where they are known."""
    tops = [pair[0] for pair in pairs] if care.sliced and pairs else [total[0]]
    bottoms = [pair[1] for pair in pairs] if care.sliced and pairs else [total[1]]
    return share_interval(tops, bottoms, confidence=care.confidence)


def _decide(interval: Interval, limit: Limit) -> tuple[Result, Leaning | None]:
    """Pass or fail when the whole interval lies on one side; a limit of zero is decided on the value."""
    if limit.value == 0:
        return ("pass", None) if limit.holds(interval.estimate) else ("fail", None)
    low, high = (compare(end, limit.operator, limit.value) for end in (interval.low, interval.high))
    if low == high:
        return ("pass" if low else "fail"), None
    return "inconclusive", "pass" if limit.holds(interval.estimate) else "fail"


def _decide_share(interval: Interval, allowed: float, *, upper: bool) -> tuple[Result, Leaning | None]:
    few = Limit("", "error_rate", None, "rate", None, "<=", allowed, "share")
    result, leaning = _decide(interval, few)
    if upper:
        return result, leaning
    turned: dict[Result, Result] = {"pass": "fail", "fail": "pass"}
    return turned.get(result, result), None if leaning is None else ("fail" if leaning == "pass" else "pass")


def _lasts(limit: Limit) -> bool:
    """Whether a failure lasts: maxima and counts never shrink, minima never grow."""
    rising = limit.aggregate in ("max", "count")
    return (rising and limit.operator in ("<", "<=")) or (limit.aggregate == "min" and limit.operator in (">", ">="))


def broken_for_good(finding: Finding, limit: Limit) -> bool:
    """Whether nothing that follows can be expected to mend it: see `judge.certain_to_fail`."""
    if finding.result != "fail":
        return False
    if finding.lasting or limit.quantile is not None or limit.unit == "share":
        return finding.lasting or limit.level != "gauge"
    if finding.low is None or finding.high is None:
        return False
    return not limit.holds(finding.low) and not limit.holds(finding.high)
