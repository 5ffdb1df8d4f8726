"""A comparison in sentences: number, interval, what is allowed, the verdict, what to do next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from simulator.compare.comparison import Comparison, Delta
from simulator.compare.explanation import Explanation
from simulator.compare.subject import Subject
from simulator.record.change import Change, runs_to_show
from simulator.units import show, show_duration, show_share

VERDICTS = {"regressed": "fail", "improved": "better", "unchanged": "pass", "inconclusive": "inconclusive"}
MOST_NAMED = 5
METRIC_WORDS = {"error_rate": "errors", "throughput": "throughput"}


def conclusion(comparison: Comparison) -> str:
    """The comparison in one sentence."""
    regressed, open_ones = comparison.called("regressed"), comparison.called("inconclusive")
    better = comparison.called("improved")
    judged = sum(delta.is_judged for delta in comparison.deltas)
    if not judged:
        return "nothing can be compared: no journey, step or operation was measured enough on both sides"
    if regressed:
        return f"regressed: {_named(regressed)}"
    text = f"no regression found among {judged} metrics"
    if better:
        text += f", {len(better)} improved"
    return text + (f", {len(open_ones)} inconclusive" if open_ones else "")


def _named(regressed: Sequence[Delta]) -> str:
    """What regressed, the innermost that a user experiences: steps instead of their journeys and operations."""
    metrics: dict[Subject, list[str]] = {}
    for delta in regressed:
        metrics.setdefault(delta.subject, []).append(METRIC_WORDS.get(delta.metric, delta.metric))
    told = [subject for subject in metrics if not _is_told_by_another(subject, metrics)]
    words = [f"{subject.title} ({', '.join(metrics[subject])})" for subject in told[:MOST_NAMED]]
    return ", ".join(words) + (f" and {len(told) - MOST_NAMED} more" if len(told) > MOST_NAMED else "")


def _is_told_by_another(subject: Subject, others: Iterable[Subject]) -> bool:
    if subject.level == "operation":
        return any(other.holds(subject) for other in others)
    return any(subject.holds(other) and other.level != "operation" for other in others)


def sentence(delta: Delta) -> str:
    """A delta in words: `rose by 12% [8%, 17%], allowed +10%`."""
    if delta.change is None:
        return delta.missing
    change, text = delta.change, movement(delta)
    if change.scale == "points" and not change.base and not change.new:
        return "none on either side"
    if delta.judgement == "unchanged":
        small = "small, but real" if change.low > 0 else ""
        return f"{text}{f' ({small})' if small else ''}"
    return text


def advice(delta: Delta) -> str:
    """What to do next about a delta that could not be told from noise; empty text for all others."""
    return what_would_settle(delta) if delta.judgement == "inconclusive" else ""


def movement(delta: Delta) -> str:
    """How a value moved, in the direction in which it went, with its interval and what is allowed."""
    change = delta.change
    assert change is not None
    rising_is_worse = delta.metric != "throughput"
    went_up = (change.estimate >= 0) == rising_is_worse
    sign = 1 if change.estimate >= 0 else -1
    low, high = sorted((sign * change.low, sign * change.high))
    word = "rose" if went_up else "fell"
    allowed = f"allowed {'+' if rising_is_worse else '−'}{amount(delta.allowed, change)}"
    moved = f"{word} by {amount(abs(change.estimate), change)} [{amount(low, change)}, {amount(high, change)}]"
    return f"{moved}, {allowed}"


def amount(value: float, change: Change) -> str:
    """A change as text: per cent of the base with two digits, or percentage points."""
    digits = f"{float(f'{abs(value) * 100:.2g}'):g}" if abs(value) < 1 else f"{abs(value) * 100:,.0f}"
    sign = "−" if value < 0 and float(digits) else ""
    return f"{sign}{digits} points" if change.scale == "points" else f"{sign}{digits}%"


def what_would_settle(delta: Delta) -> str:
    """What to do about a delta that could not be told from noise."""
    change = delta.change
    assert change is not None
    if change.scale == "points":
        return "too few failures to tell; longer or more runs would"
    noise = show_share(round(change.spread, 3))
    if not change.known:
        return f"first comparison: run-to-run noise not known yet (assumed ±{noise})"
    runs = runs_to_show(change, delta.allowed)
    text = f"run-to-run noise of this is ±{noise}"
    allowed = amount(delta.allowed, change)
    return text if runs is None else f"{text}; {runs} interleaved runs of each build would show {allowed}"


def explanation_lines(explanation: Explanation) -> Iterator[str]:
    """What goes with a change, one sentence a line."""
    for carrier in explanation.carriers:
        where = carrier.part.name or carrier.part.step
        share = f"{carrier.share:.0%}"
        yield f"{where} carries {share} of it ({show_duration(carrier.extra_s)} more each time)"
    for phase in explanation.phases:
        yield f"mostly in phase {phase.phase}: p95 {phase.rise:+.0%} there, {phase.others:+.0%} in the others"
    for error in explanation.errors[:5]:
        if error.before:
            yield f"more often: {error.kind} ({error.before:,.1f} a run before, {error.after:,.1f} now)"
        else:
            yield f"new: {error.kind} ({error.after:,.1f} a run)"
    for move in explanation.moves:
        unit = "share" if move.metric == "cpu" else "bytes"
        yield f"{move.source} {move.metric} went from {show(move.before, unit)} to {show(move.after, unit)}"


def side_line(comparison: Comparison) -> str:
    """Who is compared with whom."""
    return f"{_side(comparison, 'base')} against {_side(comparison, 'new')}"


def _side(comparison: Comparison, name: str) -> str:
    runs = getattr(comparison, name)
    builds = ", ".join(dict.fromkeys(run.build for run in runs))
    return f"{builds} ({len(runs)} run{'' if len(runs) == 1 else 's'})"
