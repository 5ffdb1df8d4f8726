"""The history of builds, from what `run.json` says of each run: values, changes for good, flaky thresholds."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulator.compare.change_point import ChangePoint, Detector, change_points
from simulator.compare.likeness import is_valid, plan_of
from simulator.compare.subject import Subject

VALUES = {"p50": "p50_s", "p95": "p95_s", "p99": "p99_s"}
METRICS = (*VALUES, "error_rate", "throughput")
SUITE = "duration"
"""How long a run took, all of it."""
UNITS = {"p50": "s", "p95": "s", "p99": "s", "error_rate": "share", "throughput": "per_s", SUITE: "s"}
FLAKY_CHANGES = 3
FLAKY_SHARE = 0.2

Document = Mapping[str, Any]


@dataclass(frozen=True)
class BuildPoint:
    """One build in a history.

    Attributes:
        build: its name.
        started_at: of its first run, RFC 3339.
        runs: names of its runs, in order of time.
        values: subject and metric → median over its runs.
    """

    build: str
    started_at: str
    runs: tuple[str, ...]
    values: Mapping[tuple[Subject, str], float]


@dataclass(frozen=True)
class Track:
    """One metric of one subject over builds.

    Attributes:
        subject: what was measured.
        metric: what of it.
        builds: the builds that measured it, in order of time.
        values: one a build, in base units.
        changes: where it changed for good.
    """

    subject: Subject
    metric: str
    builds: tuple[str, ...]
    values: tuple[float, ...]
    changes: tuple[ChangePoint, ...] = ()


@dataclass(frozen=True)
class Flakiness:
    """A threshold whose result keeps changing.

    Attributes:
        text: the threshold with its scope.
        runs: how many judged it.
        passed: in how many it passed.
        changes: how often the result changed from one run to the next.
        within_build: in how many builds it both passed and failed.
    """

    text: str
    runs: int
    passed: int
    changes: int
    within_build: int


def history(
    documents: Iterable[Document], *, levels: Sequence[str] = ("journey", "step"), metrics: Sequence[str] = METRICS
) -> list[BuildPoint]:
    """The builds of these runs in order of time, invalid runs left out.

    Args:
        documents: what `run.json` of runs of one plan says.
        levels: which series are read.
        metrics: what is read of them.
    """
    by_build: dict[str, list[Document]] = defaultdict(list)
    for document in sorted(documents, key=lambda d: str(d.get("started_at"))):
        if is_valid(document):
            by_build[str(document["build"])].append(document)
    return [_point(build, runs, levels, metrics) for build, runs in by_build.items()]


def plans(documents: Iterable[Document]) -> dict[str, list[Document]]:
    """The runs by what they measured: plan, environment and machine; the most frequent first."""
    found: dict[str, list[Document]] = defaultdict(list)
    for document in documents:
        machine = document.get("machine") or {}
        place = f"{document.get('environment')}/{machine.get('processor')}/{machine.get('cores')}"
        found[f"{plan_of(document)}/{place}"].append(document)
    return dict(sorted(found.items(), key=lambda item: -len(item[1])))


def tracks(
    points: Sequence[BuildPoint], metrics: Sequence[str] = ("p95",), detector: Detector | None = None
) -> list[Track]:
    """Every subject's metrics over the builds, with their changes for good."""
    subjects = sorted({key for point in points for key in point.values if key[1] in metrics})
    return [_track(points, subject, metric, detector) for subject, metric in subjects]


def suite_track(documents: Iterable[Document], detector: Detector | None = None) -> Track:
    """How long the runs of each build took, from the first service to the last user, with its changes for good."""
    by_build: dict[str, list[float]] = defaultdict(list)
    for document in sorted(documents, key=lambda d: str(d.get("started_at"))):
        if is_valid(document) and (document.get("duration_s") or 0.0) > 0:
            by_build[str(document["build"])].append(float(document["duration_s"]))
    values = tuple(statistics.median(found) for found in by_build.values())
    changes = tuple(change_points(f"suite/{SUITE}", values, detector)) if values else ()
    return Track(Subject("the suite", ""), SUITE, tuple(by_build), values, changes)


def flaky_thresholds(documents: Sequence[Document]) -> list[Flakiness]:
    """Thresholds whose result changes again and again, the flakiest first.

    Args:
        documents: in order of time, of one plan.
    """
    results: dict[str, list[tuple[str, bool]]] = defaultdict(list)
    for document in documents:
        for row in document.get("thresholds") or () if is_valid(document) else ():
            if row["result"] in ("pass", "fail"):
                results[_text(row)].append((str(document["build"]), row["result"] == "pass"))
    found = [_flakiness(text, rows) for text, rows in results.items()]
    flaky = [f for f in found if f.within_build > 1 or _keeps_changing(f)]
    return sorted(flaky, key=lambda f: (-f.within_build, -f.changes, f.text))


def _point(build: str, runs: Sequence[Document], levels: Sequence[str], metrics: Sequence[str]) -> BuildPoint:
    collected: dict[tuple[Subject, str], list[float]] = defaultdict(list)
    for document in runs:
        for key, value in _values(document, levels, metrics):
            collected[key].append(value)
    values = {key: found[0] if len(found) == 1 else statistics.median(found) for key, found in collected.items()}
    return BuildPoint(build, str(runs[0]["started_at"]), tuple(str(run["run"]) for run in runs), values)


def _values(
    document: Document, levels: Sequence[str], metrics: Sequence[str]
) -> Iterator[tuple[tuple[Subject, str], float]]:
    columns = [(metric, column) for metric, column in VALUES.items() if metric in metrics]
    for row in document.get("series") or ():
        if row["phase"] is not None or row["level"] not in levels or row["user"] is None:
            continue
        name = row["name"] if row["level"] == "operation" else ""
        subject = Subject(row["user"], row["journey"] or "", row["step"] or "", name or "")
        for metric, column in columns:
            if row[column] is not None:
                yield (subject, metric), row[column]
        if row["error_rate"] is not None and "error_rate" in metrics:
            yield (subject, "error_rate"), row["error_rate"]
        if row["rate_per_s"] and "throughput" in metrics:
            yield (subject, "throughput"), row["rate_per_s"]


def _track(points: Sequence[BuildPoint], subject: Subject, metric: str, detector: Detector | None) -> Track:
    known = [(point.build, point.values[subject, metric]) for point in points if (subject, metric) in point.values]
    builds, values = tuple(build for build, _ in known), tuple(value for _, value in known)
    positive = all(value > 0 for value in values)
    name = f"{'/'.join(subject)}/{metric}"
    changes = tuple(change_points(name, values, detector)) if positive and metric != "error_rate" else ()
    return Track(subject, metric, builds, values, changes)


def _text(row: Mapping[str, Any]) -> str:
    scope = ", ".join(f"{word} {name}" for word, name in (row.get("scope") or {}).items())
    named = f"{row['name']}: {row['text']}" if row.get("name") else str(row["text"])
    return f"{named} ({scope})" if scope else named


def _flakiness(text: str, rows: Sequence[tuple[str, bool]]) -> Flakiness:
    changes = sum(a[1] != b[1] for a, b in zip(rows, rows[1:], strict=False))
    by_build: dict[str, set[bool]] = defaultdict(set)
    for build, passed in rows:
        by_build[build].add(passed)
    both = sum(len(seen) == 2 for seen in by_build.values())
    return Flakiness(text, len(rows), sum(passed for _, passed in rows), changes, both)


def _keeps_changing(found: Flakiness) -> bool:
    """Whether its result changes more often than one regression and its repair would make it."""
    return found.changes >= FLAKY_CHANGES and found.changes >= FLAKY_SHARE * (found.runs - 1)
