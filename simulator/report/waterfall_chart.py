"""Waterfalls for the page: each journey's traces, each beside the baseline's on the same scale."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from markupsafe import Markup

from simulator.report.axis import ticks
from simulator.report.run import Run
from simulator.report.waterfall import beside
from simulator.units import show, show_duration

SHAPES = {"step": "f-step", "operation": "f-operation", "request": "f-request"}
WIDE = 1000


def falls(run: Run) -> list[dict[str, Any]]:
    """The journeys of a run with their traces, as the template takes them; those that failed come first."""
    journeys: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in run.document.get("waterfalls") or ():
        other = beside(row, run.baseline)
        pair = [(row, ""), *([(other, str((run.baseline or {}).get("build", "")))] if other else ())]
        longest_s = max(one["lag_s"] + one["took_s"] for one, _ in pair)
        drawn = [{"row": one, "build": build, "lanes": list(_lanes(one, longest_s))} for one, build in pair]
        journeys.setdefault((row["user"], row["journey"]), []).append({"which": row["which"], "pair": drawn})
    found = [{"user": user, "journey": journey, "rows": rows} for (user, journey), rows in journeys.items()]
    return sorted(found, key=lambda one: all(row["which"] != "failed" for row in one["rows"]))


def _lanes(row: Mapping[str, Any], longest_s: float) -> Iterator[dict[str, Any]]:
    """One row of the table a span: name, depth, when, how long, and the bar."""
    lag_s = row["lag_s"]
    if lag_s > 0.001:
        yield _lane({"level": "wait", "name": "waited to begin", "kind": "", "depth": 0, "outcome": "ok"}, 0, lag_s,
                    longest_s)  # fmt: skip
    for span in row["spans"]:
        yield _lane(span, lag_s + span["start_s"], span["took_s"], longest_s)


def _lane(span: Mapping[str, Any], start_s: float, took_s: float, longest_s: float) -> dict[str, Any]:
    return {
        "name": span["name"],
        "kind": span["kind"],
        "level": span["level"],
        "depth": min(3, span["depth"]),
        "outcome": span["outcome"],
        "start": show_duration(max(0.0, round(start_s, 4))),
        "took": show_duration(took_s),
        "bar": _bar(span, max(0.0, start_s), took_s, longest_s),
    }


def _bar(span: Mapping[str, Any], start_s: float, took_s: float, longest_s: float) -> Markup:
    scale = WIDE / (longest_s or 1.0)
    grid = Markup("").join(
        Markup('<line class="grid" x1="{0}" x2="{0}" y1="0" y2="20"/>').format(f"{mark * scale:.1f}")
        for mark in ticks(longest_s)
        if mark < longest_s
    )
    shape = SHAPES.get(span["level"], "f-wait") + ("" if span["outcome"] == "ok" else " f-bad")
    width = max(4.0, min(took_s * scale, WIDE - start_s * scale))
    return Markup(
        '<svg class="lane" viewBox="0 0 1000 20" preserveAspectRatio="none" aria-hidden="true">{}'
        '<rect class="{}" x="{}" y="4" width="{}" height="12"/></svg>'
    ).format(grid, shape, f"{min(start_s * scale, WIDE - width):.1f}", f"{width:.1f}")


def scale_words(row: Mapping[str, Any]) -> str:
    """How long a trace took, in words for its heading."""
    return show(row["lag_s"] + row["took_s"], "s")
