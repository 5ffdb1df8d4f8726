"""A comparison as one HTML file that works offline: the conclusion first, then what changed, then why."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from jinja2 import Environment

from simulator.report.comparison_text import FIRST, METRICS, STYLES, name_of, shown_rows, sides
from simulator.safe_text import clean
from simulator.units import show

_WIDEST = 0.5


def to_html(document: Mapping[str, Any]) -> str:
    """The comparison as a page.

    Args:
        document: what `compare.document.comparison_document` made.
    """
    page = Environment(autoescape=True)
    page.filters["clean"] = clean
    template = files("simulator.report").joinpath("page/comparison.html").read_text(encoding="utf-8")
    return page.from_string(template).render(
        document=document, rows=list(shown_rows(document)), sides=sides(document), first=FIRST, metrics=METRICS,
        name_of=name_of, show=show, x=_place, styles=STYLES,
    )  # fmt: skip


def _place(change: float) -> str:
    """Where a change stands on a rail 144 wide with "no change" in its middle; what is beyond lies at the end."""
    return f"{72 + 68 * max(-1.0, min(1.0, change / _WIDEST)):.1f}"
