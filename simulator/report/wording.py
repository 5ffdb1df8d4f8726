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


def ends(row: Mapping[str, Any], figure: str, unit: str) -> str:
    """The 95% interval of a series' figure: `71–83 ms`, or `few samples`; empty text where none is asked for.

    Args:
        row: of the series.
        figure: the field, such as `p95_s`.
        unit: as `units.show` knows it.
    """
    low, high = row.get(f"{figure}_low"), row.get(f"{figure}_high")
    if low is None or high is None:
        return "few samples" if f"{figure}_low" in row and row["phase"] is None and row[figure] is not None else ""
    first, last = show(low, unit), show(high, unit)
    sign = last.lstrip("0123456789.,")
    return f"{first.removesuffix(sign)}–{last}" if first.endswith(sign) else f"{first}–{last}"


def with_ends(row: Mapping[str, Any], figure: str, unit: str) -> str:
    """A series' figure with its 95% interval: `76.9 ms (71–83 ms)`."""
    between = ends(row, figure, unit)
    return f"{show(row[figure], unit)} ({between})" if between else show(row[figure], unit)


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
        with_ends(row, "rate_per_s", "per_s"),
        f"p50 {with_ends(row, 'p50_s', 's')}",
        f"p95 {with_ends(row, 'p95_s', 's')}",
        f"p99 {with_ends(row, 'p99_s', 's')}",
        f"errors {with_ends(row, 'error_rate', 'share')}",
    ]
    if row["dropped"]:
        parts.append(f"{row['dropped']:,} arrivals dropped")
    return ", ".join(parts)
