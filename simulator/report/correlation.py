"""What depends on the load and what it moves with, in words: only where the windows of the run carry it."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulator.compare.correlation import companion_of, rise_over
from simulator.record.histogram import Histogram
from simulator.record.measurements import Measurements
from simulator.record.sample import SeriesKey
from simulator.record.source import GENERATOR
from simulator.report.axis import bin_width
from simulator.report.bins import Bins
from simulator.units import show

MOST_WINDOWS = 120
MOST_VALUES = 12
MOST_OTHERS = 24
MOST_TOLD = 3
ALPHA = 0.01
"""The share of runs in which something is said of the load, or of a companion, that is not so."""
LEAST_RISE = 0.2
LEAST_VARIED = 1.3
LEAST_KNOWN = 0.9
VITALS = {"lcp": "LCP", "inp": "INP", "ttfb": "TTFB"}


@dataclass(frozen=True)
class Value:
    """Something that users experience, window by window.

    Attributes:
        title: its name for readers.
        word: which percentile of it.
        q: the same as a share.
        user: whose journeys it is a part of.
        journey: which.
        step: which step, or empty text for a page.
        keys: its series.
    """

    title: str
    word: str
    q: float
    user: str
    journey: str
    step: str
    keys: tuple[SeriesKey, ...]


@dataclass(frozen=True)
class Load:
    """What the target was asked for, window by window.

    Attributes:
        word: what is counted, as it stands behind a number.
        at: window → mean over it.
    """

    word: str
    at: Mapping[int, float]


def correlations(measurements: Measurements) -> list[dict[str, Any]]:
    """What is another one above some load, and what it moves with, as rows of `run.json`, the largest rise first."""
    step_s = bin_width(max(1.0, float(measurements.last_second + 1)), MOST_WINDOWS)
    windows, load = _windows(measurements, step_s), _load(measurements, step_s)
    values = list(_values(measurements))
    if load is None or len(windows) < 2 or not values:
        return []
    bins = Bins(measurements, step_s)
    alpha = ALPHA / len(values)
    found = [row for value in values for row in _told(value, load, bins, windows, measurements, alpha)]
    return sorted(found, key=lambda row: -row["after"] / row["before"])[:MOST_TOLD]


def _told(
    value: Value, load: Load, bins: Bins, windows: Iterable[int], measurements: Measurements, alpha: float
) -> Iterator[dict[str, Any]]:
    mine = bins.of(value.keys)
    used = [at for at in windows if at in mine and mine[at].ok.count and at in load.at]
    levels, times = [load.at[at] for at in used], [mine[at].ok.percentile(value.q) or 0.0 for at in used]
    rise = rise_over(value.title, levels, times, alpha)
    if rise is None:
        return
    before = _merged(mine[at].ok for at in used if load.at[at] <= rise.cut).percentile(value.q)
    after = _merged(mine[at].ok for at in used if load.at[at] > rise.cut).percentile(value.q)
    if not before or not after or abs(after / before - 1) < LEAST_RISE:
        return
    beside = dict(_filled(_others(value, measurements), bins, used))
    companion = companion_of(value.title, levels, times, beside, alpha)
    row: dict[str, Any] = {
        "user": value.user, "journey": value.journey, "step": value.step or None, "title": value.title,
        "metric": value.word, "windows": len(used), "window_s": bins.step_s,
        "load": load.word, "above": rise.cut, "before": before, "after": after, "p": rise.p,
        "with": None, "correlation": None, "with_p": None,
    }  # fmt: skip
    if companion is not None:
        row |= {"with": companion.name, "correlation": companion.correlation, "with_p": companion.p}
    yield {**row, "text": sentence(row)}


def sentence(row: Mapping[str, Any]) -> str:
    """A row in words: `LCP p75 of / rises from 1.1 s to 2.3 s above 18 users; moves with POST /api/orders …`."""
    word = "rises" if row["after"] > row["before"] else "falls"
    moved = f"{row['title']} {word} from {show(row['before'], 's')} to {show(row['after'], 's')}"
    counted = f"{row['windows']} windows of {show(row['window_s'], 's')}, p {row['p']:.2g}"
    text = f"{moved} above {_level(row['above'])} {row['load']} ({counted})"
    if row["with"]:
        how = f"rank correlation {row['correlation']:.2f} at the same load, p {row['with_p']:.2g}"
        text += f"; moves with {row['with']} ({how})"
    return text


def _level(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"


def _windows(measurements: Measurements, step_s: int) -> list[int]:
    """Those that lie in one measured phase with all their seconds."""
    found = []
    for phase in measurements.phases:
        end_s = phase.end_s if phase.end_s is not None else float(measurements.last_second + 1)
        if phase.measured:
            found += [at for at in range(int(end_s) // step_s) if phase.start_s - 0.5 <= at * step_s
                      and (at + 1) * step_s <= end_s + 0.5]  # fmt: skip
    return sorted(set(found))


def _load(measurements: Measurements, step_s: int) -> Load | None:
    """Arrivals where there are any (users would follow from how slow the target is), else users; `None` if even."""
    for metric, word, scale in (("arrivals_planned", "arrivals/s", 1.0), ("users", "users", 1.0)):
        readings = measurements.readings(GENERATOR, metric)
        if not readings:
            continue
        sums: dict[int, list[float]] = {}
        for reading in readings:
            sums.setdefault(int(max(0.0, reading.at_s - 0.5) // step_s), []).append(reading.value * scale)
        at = {window: sum(values) / len(values) for window, values in sums.items()}
        return Load(word, at) if max(at.values()) >= LEAST_VARIED * max(min(at.values()), 1e-9) else None
    return None


def _values(measurements: Measurements) -> Iterator[Value]:
    """Web vitals of pages and times of steps over the measured phases, the most frequent ones."""
    found: dict[tuple[str, ...], list[SeriesKey]] = {}
    for key in sorted(measurements.totals):
        if key.phase in measurements.measured_phases():
            if key.level == "vital" and key.name in VITALS:
                found.setdefault((key.level, key.user, key.journey, key.step, key.name), []).append(key)
            elif key.level == "step":
                found.setdefault((key.level, key.user, key.journey, key.step, ""), []).append(key)
    count = {kind: measurements.total(keys).ok.count for kind, keys in found.items()}
    for kind in sorted(found, key=lambda kind: (kind[0] != "vital", -count[kind]))[:MOST_VALUES]:
        level, user, journey, step, metric = kind
        if level == "vital":
            yield Value(f"{VITALS[metric]} p75 of {step}", f"{metric} p75", 0.75, user, journey, "", tuple(found[kind]))
        else:
            yield Value(f"p95 of {journey} › {step}", "p95", 0.95, user, journey, step, tuple(found[kind]))


def _others(value: Value, measurements: Measurements) -> dict[str, list[SeriesKey]]:
    """Operations that a value may move with, by name: not those that are a part of it."""
    found: dict[str, list[SeriesKey]] = {}
    for key in sorted(measurements.totals):
        is_part = (key.user, key.journey, key.step) == (value.user, value.journey, value.step)
        if key.level == "operation" and key.kind not in ("browser", "call") and not is_part:
            found.setdefault(key.name, []).append(key)
    busiest = sorted(found, key=lambda name: -measurements.total(found[name]).ok.count)[:MOST_OTHERS]
    return {name: found[name] for name in busiest}


def _filled(
    others: Mapping[str, Iterable[SeriesKey]], bins: Bins, used: Sequence[int]
) -> Iterator[tuple[str, list[float]]]:
    """Each operation's p75 in each window; its median where it has none, and none at all where that is often so."""
    for name, keys in others.items():
        of = bins.of(keys)
        times = [of[at].ok.percentile(0.75) if at in of else None for at in used]
        known = [time_s for time_s in times if time_s is not None]
        if len(known) >= LEAST_KNOWN * len(used) > 0:
            middle = statistics.median(known)
            yield name, [middle if time_s is None else time_s for time_s in times]


def _merged(histograms: Iterable[Histogram]) -> Histogram:
    total = Histogram()
    for histogram in histograms:
        total.merge(histogram)
    return total
