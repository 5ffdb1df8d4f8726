"""A comparison as one HTML file that works offline: the conclusion first, then what changed, then why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.report.comparison_text import FIRST, METRICS, name_of, shown_rows, sides
from simulator.report.html_form import rendered

_WIDEST = 0.5


def to_html(document: Mapping[str, Any]) -> str:
    """The comparison as a page.

    Args:
        document: what `compare.document.comparison_document` made.
    """
    rows = list(shown_rows(document))
    return rendered("comparison.html", document=document, rows=rows, sides=sides(document), first=FIRST,
                    metrics=METRICS, name_of=name_of, x=_place)  # fmt: skip


def _place(change: float) -> str:
    """Where a change stands on a rail 144 wide with "no change" in its middle; what is beyond lies at the end."""
    return f"{72 + 68 * max(-1.0, min(1.0, change / _WIDEST)):.1f}"
