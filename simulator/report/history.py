"""The history of builds as pages show it: per plan its journeys and steps over builds, and what changed for good."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from simulator.compare.history import (
    UNITS,
    BuildPoint,
    Flakiness,
    Track,
    flaky_thresholds,
    history,
    plans,
    suite_track,
    tracks,
)
from simulator.report.trend_text import flaky_sentence, sentence
from simulator.safe_text import clean
from simulator.units import show

MOST_BUILDS = 60
MOST_TRACKS = 60
NEEDED = ("run", "build", "started_at", "verdict", "phases", "journeys", "environment", "profile", "machine",
          "thresholds", "duration_s")  # fmt: skip
ACROSS, DOWN, TOP = 300, 40, 14
LABEL = 16

Document = Mapping[str, Any]


@dataclass(frozen=True)
class History:
    """The builds of one plan.

    Attributes:
        title: profile and environment.
        builds: in order of time.
        runs: how many there were in all.
        tracks: of journeys and steps, and how long the suite itself took.
        flaky: thresholds whose result keeps changing.
        left_out: how many more tracks there are.
    """

    title: str
    builds: Sequence[BuildPoint]
    runs: int
    tracks: Sequence[Track]
    flaky: Sequence[Flakiness]
    left_out: int = 0

    @property
    def changes(self) -> list[tuple[str, str]]:
        """What changed for good, in sentences, each with the first run of the build that most likely brought it."""
        first = {point.build: point.runs[0] for point in self.builds}
        return [
            (sentence(track, change), first.get(track.builds[change.at], ""))
            for track in self.tracks
            for change in track.changes
        ]

    @property
    def flaky_words(self) -> list[str]:
        """What is flaky, in sentences."""
        return [flaky_sentence(one) for one in self.flaky]


def light(document: Document) -> dict[str, Any]:
    """What a history needs of `run.json`: many fit into memory."""
    kept = {name: document.get(name) for name in NEEDED}
    return {**kept, "series": [row for row in document.get("series") or () if row["phase"] is None]}


def histories(documents: Iterable[Document], most: int = 3) -> Iterator[History]:
    """The histories of the most frequent plans that have at least two builds."""
    for runs in list(plans(documents).values())[:most]:
        found = history_of(runs)
        if len(found.builds) > 1:
            yield found


def history_of(
    runs: Sequence[Document],
    metrics: Sequence[str] = ("p95",),
    levels: Sequence[str] = ("journey", "step"),
    builds: int = MOST_BUILDS,
) -> History:
    """The history of runs of one plan.

    Args:
        runs: in order of time.
        metrics: see `compare.history`.
        levels: journey, step, operation.
        builds: how many of the newest are shown.
    """
    points = history(runs, levels=levels)[-builds:]
    names = {name for point in points for name in point.runs}
    shown = [run for run in runs if run["run"] in names]
    found = tracks(points, metrics)
    kept = sorted(found, key=lambda track: (not track.changes, track.subject))[:MOST_TRACKS]
    kept.sort(key=lambda track: (track.subject, track.metric))
    suite = suite_track(shown)
    every = [*kept, *([suite] if len(suite.values) > 1 else ())]
    return History(_title(shown), points, len(shown), every, flaky_thresholds(shown), len(found) - len(kept))


def chart_of(track: Track) -> Markup:
    """A track over its builds: a dot a build, a line with its name at each build that changed it for good."""
    values = track.values
    top, size = max(values, default=0.0) or 1.0, max(1, len(values) - 1)
    places = [(4 + (ACROSS - 8) * at / size, TOP + DOWN * (1 - 0.92 * value / top)) for at, value in enumerate(values)]
    path = "".join(f"{'L' if at else 'M'}{x:.1f} {y:.1f}" for at, (x, y) in enumerate(places))
    parts = [Markup('<path class="l c1" d="{}"/>').format(path)]
    unit = UNITS[track.metric]
    for (x, y), build, value in zip(places, track.builds, values, strict=True):
        words = f"{clean(build)[:60]}: {show(value, unit)}"
        parts.append(
            Markup('<circle class="c1" cx="{}" cy="{}" r="2"><title>{}</title></circle>').format(
                f"{x:.1f}", f"{y:.1f}", words
            )
        )
    for change in track.changes:
        x, build = places[change.at][0], clean(track.builds[change.at])
        side = "end" if x > ACROSS / 2 else "start"
        mark = Markup('<line class="event" x1="{0}" x2="{0}" y1="2" y2="{1}"/>').format(f"{x:.1f}", TOP + DOWN)
        name = build if len(build) <= LABEL else f"{build[: LABEL - 1]}…"
        beside = f"{x + (-4 if side == 'end' else 4):.1f}"
        parts += [mark, Markup('<text class="at-{}" x="{}" y="10">{}</text>').format(side, beside, name)]
    return Markup(
        '<svg class="history" viewBox="0 0 {} {}" role="img" aria-label="{}"><line class="grid" x1="0" x2="{}" '
        'y1="{}" y2="{}"/>{}</svg>'
    ).format(ACROSS, TOP + DOWN, _aloud(track), ACROSS, TOP + DOWN - 0.5, TOP + DOWN - 0.5, Markup("").join(parts))


def _aloud(track: Track) -> str:
    unit = UNITS[track.metric]
    text = f"{track.metric} of {clean(track.subject.title)[:120]} over {len(track.values)} builds"
    return f"{text}, from {show(track.values[0], unit)} to {show(track.values[-1], unit)}"


def _title(runs: Sequence[Document]) -> str:
    newest = runs[-1] if runs else {}
    parts = [("profile", newest.get("profile")), ("environment", newest.get("environment"))]
    return ", ".join(f"{word} {name}" for word, name in parts if name) or "runs without a profile"
