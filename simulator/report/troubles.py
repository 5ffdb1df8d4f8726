"""Errors as a reader counts them: one row a kind, whatever phase it happened in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.record.failure import pattern_of

SAME = ("user", "journey", "step", "name", "class")


def troubles(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The document's errors with those of all phases added up, the most frequent first.

    Each has, beside the fields of an error, `phases`: phase → count, in order of time. Evidence is that of the first.
    """
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in sorted(document["errors"], key=lambda row: row["first_s"]):
        kind = (*(str(row.get(part) or "") for part in SAME), pattern_of(row["message"]))
        known = found.setdefault(kind, {**row, "count": 0, "phases": {}, "evidence": []})
        known["count"] += row["count"]
        known["last_s"] = max(known["last_s"], row["last_s"])
        known["evidence"] = known["evidence"] or list(row["evidence"])
        known["phases"][row.get("phase") or ""] = known["phases"].get(row.get("phase") or "", 0) + row["count"]
    return sorted(found.values(), key=lambda row: -row["count"])


def place_of(row: Mapping[str, Any]) -> str:
    """Where an error happened: `buy_a_lamp › pay › POST /api/orders`; a name that repeats the step is left out."""
    name = row["name"] if row["name"] != row["step"] else None
    return " › ".join(filter(None, (row["journey"], row["step"], name)))
