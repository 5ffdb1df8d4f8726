"""A history of builds as text, JSON values, and CSV as Apache Otava reads it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

from simulator.compare.change_point import ChangePoint
from simulator.compare.history import UNITS, BuildPoint, Flakiness, Track
from simulator.safe_text import clean
from simulator.units import show

BARS = "▁▂▃▄▅▆▇█"
MOST_BARS = 40
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def to_text(points: Sequence[BuildPoint], found: Sequence[Track], flaky: Sequence[Flakiness]) -> str:
    """The history as lines: every track with its last value, then what changed for good, then flaky thresholds."""
    first, last = points[0], points[-1]
    lines = [f"{len(points)} builds, {clean(first.build)} to {clean(last.build)}", ""]
    width = max((len(_name(track)) for track in found), default=0)
    for track in found:
        unit = UNITS[track.metric]
        value = show(track.values[-1], unit)
        lines.append(f"{_name(track):<{width}}  {value:>9}  {spark(track.values)}")
    changes = [sentence(track, change) for track in found for change in track.changes]
    lines += ["", *(changes or ["nothing changed for good"])]
    lines += ["", *map(flaky_sentence, flaky)] if flaky else []
    return "\n".join(lines) + "\n"


def to_plain(points: Sequence[BuildPoint], found: Sequence[Track], flaky: Sequence[Flakiness]) -> dict[str, Any]:
    """The history as dicts, lists, texts and numbers, for JSON."""
    return {
        "format": 1,
        "builds": [{"build": p.build, "started_at": p.started_at, "runs": list(p.runs)} for p in points],
        "tracks": [_plain_track(track) for track in found],
        "flaky": [{**flakiness.__dict__, "reason": flaky_sentence(flakiness)} for flakiness in flaky],
    }


def to_csv(points: Sequence[BuildPoint], found: Sequence[Track]) -> str:
    """One line a build, one column a track, as Apache Otava's CSV importer takes it (`time_column: time`)."""
    sheet = io.StringIO()
    writer = csv.writer(sheet, lineterminator="\n")
    writer.writerow(["time", "build", *(_cell(column_of(track)) for track in found)])
    for point in points:
        values = (point.values.get((track.subject, track.metric)) for track in found)
        writer.writerow([point.started_at, _cell(point.build), *("" if value is None else value for value in values)])
    return sheet.getvalue()


def column_of(track: Track) -> str:
    """A track's column: `buy_a_lamp.pay.p95`."""
    parts = (track.subject.user, track.subject.journey, track.subject.step, track.subject.name, track.metric)
    return ".".join(clean(part).replace(" ", "_") for part in parts if part)


def sentence(track: Track, change: ChangePoint) -> str:
    """A change for good in words, with the builds that may have brought it."""
    unit = UNITS[track.metric]
    builds = track.builds
    text = f"{track.metric} of {clean(track.subject.title)} went from {show(change.before, unit)}"
    text += f" to {show(change.after, unit)} ({change.change:+.0%})"
    likely = clean(builds[change.at])
    if change.earliest == change.latest:
        return f"{text} with build {likely}"
    span = f"{clean(builds[change.earliest])} and {clean(builds[change.latest])}"
    return f"{text} between build {span} (most likely {likely})"


def spark(values: Sequence[float]) -> str:
    """The latest values as bars, from the smallest to the largest."""
    shown = values[-MOST_BARS:]
    low, high = min(shown), max(shown)
    if high <= low:
        return BARS[3] * len(shown)
    return "".join(BARS[round((value - low) / (high - low) * (len(BARS) - 1))] for value in shown)


def _name(track: Track) -> str:
    return f"{clean(track.subject.title)} {track.metric}"


def _plain_track(track: Track) -> dict[str, Any]:
    return {
        **{part: name or None for part, name in track.subject._asdict().items()},
        "metric": track.metric,
        "unit": UNITS[track.metric],
        "builds": list(track.builds),
        "values": list(track.values),
        "changes": list(_plain_changes(track)),
    }


def _plain_changes(track: Track) -> Iterator[dict[str, Any]]:
    for change in track.changes:
        yield {
            "build": track.builds[change.at],
            "earliest": track.builds[change.earliest],
            "latest": track.builds[change.latest],
            "before": change.before,
            "after": change.after,
            "change": change.change,
            "text": sentence(track, change),
        }


def flaky_sentence(found: Flakiness) -> str:
    """A flaky threshold in words."""
    text = f"flaky: {clean(found.text)} changed its result {found.changes} times in {found.runs} runs"
    passed = f"passed in {found.passed}"
    if found.within_build:
        return f"{text} ({passed}; both ways within {found.within_build} build{'s' if found.within_build > 1 else ''})"
    return f"{text} ({passed})"


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(_STARTS_A_FORMULA) else text
