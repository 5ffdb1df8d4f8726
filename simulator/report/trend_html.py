"""A history of builds as one HTML file that works offline."""

from __future__ import annotations

from collections import defaultdict

from simulator.compare.history import UNITS
from simulator.report.history import History, chart_of
from simulator.report.html_form import rendered


def to_html(found: History, others: int = 0) -> str:
    """The page of a history; `others` counts the runs that do not belong to it."""
    return rendered("trend.html", one=found, others=others, chart_of=chart_of, units=UNITS, links=defaultdict(str))
