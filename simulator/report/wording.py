"""The same value has the same words in every format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.units import show

VERDICTS = {"passed": "PASSED", "failed": "FAILED", "invalid": "INVALID"}
SIGNS = {"pass": "✓", "fail": "✗", "no data": "∅", "inconclusive": "?"}


def finding(row: Mapping[str, Any]) -> str:
    """What a threshold's numbers are: value, interval, limit, number of samples."""
    if row["value"] is None:
        return str(row["reason"])
    unit, limit = row["unit"], row["limit"]
    beside = None if row.get("relative") else limit
    interval = ""
    if row["low"] is not None and row["high"] is not None:
        interval = f" [{show(row['low'], unit, beside=beside)}, {show(row['high'], unit, beside=beside)}]"
    shown_limit = show(limit, "share" if row.get("relative") else unit)
    return f"{show(row['value'], unit, beside=beside)}{interval}, limit {shown_limit}, {row['count']:,} samples"


def scope_words(scope: Mapping[str, str]) -> str:
    """A threshold's scope: `journey buy_a_lamp, step pay`; empty text for the whole run."""
    return ", ".join(f"{word} {name}" for word, name in scope.items())


def threshold_name(row: Mapping[str, Any]) -> str:
    """A threshold in one line: its name, its limit, its scope."""
    scope = scope_words(row["scope"])
    named = f"{row['name']}: {row['text']}" if row["name"] else str(row["text"])
    return f"{named} ({scope})" if scope else named


def totals_line(document: Mapping[str, Any]) -> str:
    """How much was measured, in one line."""
    row = document["series"][0]
    journeys = sum(r["count"] for r in document["series"] if r["level"] == "journey" and r["phase"] is None)
    parts = [
        f"{journeys:,} journeys",
        f"{row['count']:,} operations",
        f"{show(row['rate_per_s'], 'per_s')}",
        f"p50 {show(row['p50_s'], 's')}",
        f"p95 {show(row['p95_s'], 's')}",
        f"p99 {show(row['p99_s'], 's')}",
        f"errors {show(row['error_rate'], 'share')}",
    ]
    if row["dropped"]:
        parts.append(f"{row['dropped']:,} arrivals dropped")
    return ", ".join(parts)
