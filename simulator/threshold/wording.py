"""The one sentence that a ruling gives as its reason."""

from __future__ import annotations

from simulator.record.interval import Interval, samples_to_settle
from simulator.threshold.case import Case
from simulator.threshold.limit import Limit
from simulator.threshold.ruling import Result
from simulator.units import show, show_duration, show_number, show_share

_FEWEST_SLICES_HIT = 5


def percentile(
    limit: Limit,
    value: float,
    low: float | None,
    high: float | None,
    slow: Interval,
    allowed: float,
    result: Result,
    more: int | None,
    span_s: float,
) -> str:
    """About a percentile that was decided on the share of slow ones."""
    count = round(slow.count)
    text = f"{measure(limit)} is {_value(limit, value, low, high)} over {_samples(count)}"
    share = f"{show_share(slow.estimate)} took {_edge(limit)}, {show_share(allowed)} may"
    if result == "fail":
        return f"{text}; {share}" if limit.operator in ("<", "<=") else text
    if result == "inconclusive":
        return f"{text}; {share}; {_more(slow, allowed, more, span_s)}"
    return text


def share(limit: Limit, interval: Interval, failed: int, result: Result, more: int | None, span_s: float) -> str:
    """About an error rate."""
    count = round(interval.count)
    text = f"{show_number(failed)} of {show_number(count)} failed, {_value(limit, interval.estimate, None, None)}"
    text += f" ({_ends(limit, interval.low, interval.high)})"
    return f"{text}; {_more(interval, limit.value, more, span_s)}" if result == "inconclusive" else text


def plain(limit: Limit, value: float, low: float | None, high: float | None, count: int) -> str:
    """About something that is decided on its value."""
    return f"{measure(limit)} is {_value(limit, value, low, high)} over {_samples(count)}"


def windows(limit: Limit, value: float | None, count: int, first: int, every_s: int, broken: int, judged: int) -> str:
    """About a limit that holds in every window."""
    worst = f"worst from second {first} to {first + every_s}: {show(value, limit.unit, beside=limit.value)}"
    worst += f" over {_samples(count)}"
    if broken:
        return f"broken in {show_number(broken)} of {show_number(judged)} windows of {every_s} s; {worst}"
    return f"kept in all {show_number(judged)} windows of {every_s} s; {worst}"


def implied(failed: int, count: int, allowed: float) -> str:
    """About the error limit that comes with a latency limit."""
    text = f"{show_number(failed)} of {show_number(count)} failed ({show_share(failed / count)})"
    return f"{text}, and a latency limit without an error limit of its own allows {show_share(allowed)}"


def all_failed(failed: int) -> str:
    """About times of successes when there are none."""
    return f"nothing succeeded ({show_number(failed)} failed), so there is no time to judge"


def nothing(case: Case) -> str:
    """When no sample lies in the scope."""
    where = ", ".join(f"{word} {name}" for word, name in case.scope.items())
    return "nothing was measured" + (f" in {where}" if where else "")


def no_readings(case: Case) -> str:
    """When a gauge was never read."""
    who = case.source or f"service {case.scope.get('service', '*')}"
    return f"{case.threshold.limit.metric} of {who} was not read in a phase that counts"


def no_phase(case: Case) -> str:
    """When no phase of the scope has begun."""
    named = case.scope.get("phase")
    return f"the phase {named} has not begun" if named else "no measured phase has begun"


def too_short(span_s: float, every_s: int) -> str:
    """When not one window is complete."""
    return f"{show_duration(span_s)} were measured, which is shorter than one window of {every_s} s"


def measure(limit: Limit) -> str:
    """What is limited, in words."""
    if limit.metric == "response_time":
        return limit.aggregate
    metric = f"{limit.metric} {limit.status}" if limit.status else limit.metric
    return metric if limit.aggregate == "rate" else f"{metric} {limit.aggregate}"


def _value(limit: Limit, value: float, low: float | None, high: float | None) -> str:
    text = show(value, limit.unit, beside=limit.value)
    return text if low is None or high is None else f"{text} ({_ends(limit, low, high)})"


def _ends(limit: Limit, low: float, high: float) -> str:
    return f"between {show(low, limit.unit, beside=limit.value)} and {show(high, limit.unit, beside=limit.value)}"


def _edge(limit: Limit) -> str:
    text = show(limit.value, limit.unit)
    return f"{text} or more" if limit.operator in ("<", ">=") else f"more than {text}"


def _samples(count: int) -> str:
    return f"{show_number(count)} sample{'' if count == 1 else 's'}"


def _more(interval: Interval, allowed: float, more: int | None, span_s: float) -> str:
    """How many more samples, and how much more time, would settle what is not settled."""
    count = round(interval.count)
    none = Interval(0.0, 0.0, 0.0, 0.0, 1.0, interval.t)
    least = samples_to_settle(none, allowed) if count and interval.estimate == 0 else None
    if least is not None and least > count:
        return f"too few to tell, at least {show_number(least)} are needed"
    if more is None or more > 100 * count:
        return "too close to the limit to tell"
    longer_s = span_s * more / count
    return f"too few to tell, about {show_number(more)} more ({show_duration(longer_s)} of this load) would settle it"
