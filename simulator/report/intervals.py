"""The 95% intervals that stand beside the figures of a series."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.compare.facts import RunFacts
from simulator.compare.subject import Subject

FIGURES = ("p50_s", "p95_s", "p99_s", "error_rate", "rate_per_s")


def intervals_of(row: Mapping[str, Any], facts: RunFacts | None) -> dict[str, float | None]:
    """The ends of each figure's interval, as further fields of its row.

    Args:
        row: of a series; those of single phases have no intervals.
        facts: what the run says; `None` when nobody asked it.
    """
    ends = _ends(row, facts) if facts is not None and row["phase"] is None else {}
    return {
        f"{figure}_{word}": ends[figure][at] if figure in ends else None
        for figure in FIGURES
        for at, word in enumerate(("low", "high"))
    }


def _ends(row: Mapping[str, Any], facts: RunFacts) -> Mapping[str, tuple[float, float]]:
    if row["user"] is None and row["journey"] is None and row["name"] is None:
        return facts.operations
    step = row["step"] if row["level"] != "journey" else None
    name = row["name"] if row["level"] == "operation" else None
    said = facts.subjects.get(Subject(row["user"] or "", row["journey"] or "", step or "", name or ""))
    return {} if said is None else said.intervals
