"""What earlier runs know of journeys: how long they take, how often they fail."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from simulator.plan.item import Item

LATELY = 10
PRIOR_RUNS = 2.0
"""A journey counts as if it had been run this often before with even odds, so that few runs prove little."""


def with_history(items: Sequence[Item], documents: Iterable[Mapping[str, Any]]) -> list[Item]:
    """The items with the durations and failure shares of their latest runs.

    Args:
        items: as discovered.
        documents: `run.json` of earlier runs, newest first; only their series are read.
    """
    took_s: dict[str, list[float]] = defaultdict(list)
    failed: dict[str, list[float]] = defaultdict(list)
    for document in documents:
        for row in document.get("series", ()):
            name = f"{row['user']}.{row['journey']}"
            if row["level"] == "journey" and row["phase"] is None and len(failed[name]) < LATELY and row["count"]:
                failed[name].append(row["error_rate"] or 0.0)
                if row["mean_s"] is not None:
                    took_s[name].append(row["mean_s"])
    return [_remembering(item, took_s[item.name], failed[item.name]) for item in items]


def _remembering(item: Item, took_s: list[float], failed: list[float]) -> Item:
    share = (sum(failed) + PRIOR_RUNS / 2) / (len(failed) + PRIOR_RUNS)
    duration_s = sum(took_s) / len(took_s) if took_s else item.duration_s
    return replace(item, duration_s=duration_s, failure_share=share)
