"""Journeys step by step: which of the kept traces are shown, their spans as rows, and each in a sentence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from simulator.record.measurements import Measurements
from simulator.record.trace import Span, Trace
from simulator.report.axis import clock
from simulator.units import show

WHICH = ("typical", "slowest", "failed")
MOST_JOURNEYS = 12
MOST_ROWS = 60
"""So many spans of a journey are shown; the shortest are left out."""

Row = Mapping[str, Any]
_RANK = {"step": 0, "operation": 1, "request": 2}


def waterfalls(traces: Sequence[Trace], measurements: Measurements) -> list[dict[str, Any]]:
    """Of each journey the trace nearest to its median time, the slowest that went well, and the first that failed.

    Args:
        traces: those that were kept.
        measurements: of the run; traces of phases that are not measured are left aside.
    """
    phases = measurements.measured_phases()
    of: dict[tuple[str, str], list[Trace]] = defaultdict(list)
    for trace in traces:
        if trace.phase in phases:
            of[trace.user, trace.journey].append(trace)
    medians = {journey: _median(journey, measurements) for journey in of}
    busiest = sorted(of, key=lambda journey: (-medians[journey][1], journey))[:MOST_JOURNEYS]
    return [
        _plain(which, trace)
        for journey in busiest
        for which, trace in _picked(of[journey], medians[journey][0])
    ]  # fmt: skip


def sentence(row: Row) -> str:
    """A trace in one line: how long it took, when, and what in it took longest."""
    failed = f", {row['error_class']}" if row["error_class"] else ""
    head = f"{row['which']} {row['journey']}: {show(row['lag_s'] + row['took_s'], 's')} at {clock(row['at_s'])}{failed}"
    parts = [f"waited {show(row['lag_s'], 's')} to begin"] if row["lag_s"] >= 0.1 * row["took_s"] > 0 else []
    longest = _longest(row["spans"], range(len(row["spans"])), 0)
    if longest is not None:
        parts.append(_part(row["spans"], longest))
    return f"{head}; {'; '.join(parts)}" if parts else head


def beside(row: Row, base: Mapping[str, Any] | None) -> Row | None:
    """The same kind of trace of the same journey in another run; `None` when it has none."""
    for other in (base or {}).get("waterfalls") or ():
        if all(other[part] == row[part] for part in ("user", "journey", "which")):
            found: Row = other
            return found
    return None


def _median(journey: tuple[str, str], measurements: Measurements) -> tuple[float | None, int]:
    """Of the journey's times over the measured phases, with their number."""
    phases = measurements.measured_phases()
    keys = [
        key
        for key in measurements.totals
        if key.level == "journey" and (key.user, key.journey) == journey and key.phase in phases
    ]
    cell = measurements.total(keys)
    return cell.ok.percentile(0.5), cell.count


def _picked(traces: Sequence[Trace], median_s: float | None) -> Iterator[tuple[str, Trace]]:
    good = [trace for trace in traces if not trace.error_class]
    if good:
        middle_s = median_s or sorted(trace.response_s for trace in good)[len(good) // 2]
        typical = min(good, key=lambda trace: abs(trace.response_s - middle_s))
        yield "typical", typical
        slowest = max(good, key=lambda trace: trace.response_s)
        if slowest is not typical:
            yield "slowest", slowest
    failed = [trace for trace in traces if trace.error_class]
    if failed:
        yield "failed", failed[0]


def _plain(which: str, trace: Trace) -> dict[str, Any]:
    shown = sorted(trace.spans, key=lambda span: (_RANK[span.level] > 0, -span.took_s))[:MOST_ROWS]
    return {
        "user": trace.user,
        "journey": trace.journey,
        "which": which,
        "phase": trace.phase,
        "error_class": trace.error_class or None,
        "at_s": trace.at_s,
        "lag_s": trace.lag_s,
        "took_s": trace.took_s,
        "spans": list(_rows(shown)),
        "left_out": trace.left_out + len(trace.spans) - len(shown),
    }


def _rows(spans: Sequence[Span]) -> Iterator[dict[str, Any]]:
    """The spans in order of their beginnings, each with how many steps it lies in."""
    around: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start_s, _RANK[span.level], -span.took_s)):
        while around and span.start_s >= around[-1].start_s + around[-1].took_s:
            around.pop()
        yield {**span._asdict(), "depth": len(around)}
        if span.level == "step":
            around.append(span)


def _longest(spans: Sequence[Row], among: Sequence[int], depth: int) -> int | None:
    found = [at for at in among if spans[at]["depth"] == depth]
    return max(found, key=lambda at: float(spans[at]["took_s"]), default=None)


def _part(spans: Sequence[Row], at: int) -> str:
    """The longest part and, in brackets, what in it took longest."""
    text, span = f"{spans[at]['name']} {show(spans[at]['took_s'], 's')}", spans[at]
    end = next((below for below in range(at + 1, len(spans)) if spans[below]["depth"] <= span["depth"]), len(spans))
    inner = _longest(spans, range(at + 1, end), span["depth"] + 1)
    return f"{text} (of it {spans[inner]['name']} {show(spans[inner]['took_s'], 's')})" if inner is not None else text
