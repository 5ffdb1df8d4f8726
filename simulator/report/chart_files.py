"""The charts of a run as SVG files, for pages that can show pictures but run no script: Markdown in a merge request."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree

from simulator.report.bins import Bins
from simulator.report.chart import WIDE, draw, paths, size_of
from simulator.report.html_form import chart_style
from simulator.report.run import Run
from simulator.report.timeline import axis_of, timeline_of
from simulator.safe_text import as_xml_can, markup_without_commands

_NO_WORD = re.compile(r"[^a-z0-9]+")
MOST_BINS = 300


def chart_files(run: Run) -> Iterator[tuple[str, str, str]]:
    """Title, file name and content of each chart, from the top."""
    timeline = timeline_of(run, Bins(run.measurements, axis_of(run, MOST_BINS).step_s), MOST_BINS)
    for number, panel in enumerate(timeline.panels):
        width, height = size_of(panel, WIDE)
        drawing = draw(panel, timeline, run.measurements.phases, WIDE, run.events, number)
        text = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
            f'viewBox="0 0 {width:g} {height:g}"><style>{chart_style()} svg {{ font-family: sans-serif; }} '
            f".paper {{ fill: var(--bg); }}</style>"
            f'<rect class="paper" width="100%" height="100%"/>{paths(panel, timeline, number)}{drawing}</svg>\n'
        )
        text = markup_without_commands(as_xml_can(text))
        ElementTree.fromstring(text)  # a picture that no reader could open is no picture
        yield panel.title, f"{_NO_WORD.sub('-', panel.title.lower()).strip('-')}.svg", text
