"""Charts as SVG text, legible without any script. Colours come from the page's style sheet.

What lies on the time axis (phases, events, lines) is drawn in an inner drawing 1000 wide and 100 high that is stretched
to its place, so that a script can zoom all charts by their `viewBox`, and one path serves both layouts.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from simulator.record.sample import PhaseSpan
from simulator.report.axis import clock, decades, spread, ticks, time_ticks
from simulator.report.mark import place as _n
from simulator.report.timeline import Line, Panel, Timeline
from simulator.safe_text import clean
from simulator.units import show

LOG_FROM = 30
"""A response time axis becomes logarithmic when its largest value is so many times the median one."""
LABEL_APART = 12.0
SPARSE, MOST_REACH = 1.3, 12
"""A line with something in fewer than one of so many bins goes on to the next one, at most so many bins away."""
ACROSS, DOWN = 1000, 100
"""The inner drawing's own size."""
TALLER = 1.6
"""Response times are what most readers come for."""


@dataclass(frozen=True)
class Layout:
    """Sizes in the drawing's own units, which are pixels at full width.

    Attributes:
        name: a class of the style sheet.
        width: of the whole drawing.
        left: left of the plot, for the numbers of the axis.
        right: right of the plot, for the names of the lines.
        height: of the plot.
        time_marks: at most so many on the time axis.
        name_length: longest name of a line or phase, in characters.
    """

    name: str
    width: float
    left: float
    right: float
    height: float
    time_marks: int
    name_length: int

    @property
    def plot(self) -> float:
        """Width of the plot."""
        return self.width - self.left - self.right


WIDE = Layout("wide", 1080, 64, 100, 96, 12, 14)
NARROW = Layout("narrow", 390, 54, 72, 84, 5, 9)
TOP, BOTTOM = 20.0, 22.0


@dataclass(frozen=True)
class Scale:
    """A vertical axis.

    Attributes:
        marks: its round values, from the bottom.
        is_log: whether it is logarithmic.
        height: of the plot.
    """

    marks: tuple[float, ...]
    is_log: bool
    height: float

    def y(self, value: float) -> float:
        """Where a value lies, from the top of the drawing."""
        low, high = self.marks[0], self.marks[-1]
        if self.is_log:
            share = (math.log10(max(value, low)) - math.log10(low)) / (math.log10(high) - math.log10(low))
        else:
            share = (value - low) / (high - low)
        return TOP + self.height * (1 - min(1.0, max(0.0, share)))


def size_of(panel: Panel, layout: Layout) -> tuple[float, float]:
    """Width and height of a panel's drawing."""
    return layout.width, TOP + _fitting(panel, layout).height + BOTTOM


def _fitting(panel: Panel, layout: Layout) -> Layout:
    usual = WIDE if layout.name == WIDE.name else NARROW
    return replace(layout, height=usual.height * TALLER) if panel.unit == "s" else layout


def paths(panel: Panel, timeline: Timeline, number: int) -> Markup:
    """The lines of a panel, drawn once for all layouts; `draw` refers to them by the panel's number."""
    scale = replace(_scale(panel, WIDE), height=DOWN)
    drawn = (
        Markup('<path id="{}" class="l c{}" d="{}"/>').format(f"l{number}-{at}", at, _path(line, timeline, scale))
        for at, line in enumerate(panel.lines, 1)
    )
    return Markup('<svg class="paths" width="0" height="0" aria-hidden="true"><defs>{}</defs></svg>').format(
        Markup("").join(drawn)
    )


def draw(
    panel: Panel,
    timeline: Timeline,
    phases: Sequence[PhaseSpan],
    layout: Layout,
    events: Sequence[tuple[float, str, str]] = (),
    number: int = 0,
) -> Markup:
    """One panel as an SVG element; events are (seconds since the run began, kind, text)."""
    layout = _fitting(panel, layout)
    scale = _scale(panel, layout)
    height = size_of(panel, layout)[1]
    title = f"{panel.title}{', logarithmic' if scale.is_log else ''}"
    parts = [
        Markup('<svg class="chart {}" viewBox="0 0 {} {}" role="img" aria-label="{}">').format(
            layout.name, _n(layout.width), _n(height), f"{title} over time"
        ),
        *_value_marks(panel, scale, layout),
        Markup('<svg class="plot" x="{}" y="{}" width="{}" height="{}" viewBox="0 0 1000 100" ').format(
            *map(_n, (layout.left, TOP, layout.plot, layout.height))
        ),
        Markup('preserveAspectRatio="none">'),
        *_phases(timeline, phases),
        *_events(timeline, events),
        *(Markup('<use href="#{}"/>').format(f"l{number}-{at}") for at, _ in enumerate(panel.lines, 1)),
        Markup("</svg>"),
        *_phase_names(timeline, phases, layout),
        Markup('<g class="ticks">'),
        *_time_marks(timeline, layout),
        Markup("</g>"),
        *_line_names(panel, scale, layout),
        *_limits(panel, scale, layout),
        Markup('<line class="cursor" y1="{}" y2="{}" visibility="hidden"/>').format(_n(TOP), _n(TOP + layout.height)),
        Markup('<text class="title" x="{}" y="11">{}</text></svg>').format(_n(layout.left), title),
    ]
    return Markup("").join(parts)


def _scale(panel: Panel, layout: Layout) -> Scale:
    values = sorted(value for line in panel.lines for value in line.values if value is not None)
    limits = [value for _, value in panel.limits]
    largest = values[-1] if values else 1.0
    median = values[len(values) // 2] if values else 1.0
    if panel.unit == "s" and values and values[0] > 0 and largest > LOG_FROM * median:
        return Scale(decades(values[0], largest), True, layout.height)
    near = [limit for limit in limits if limit <= 2.5 * largest]
    factor = 1e-3 if panel.unit == "s" and largest < 1 else 1.0
    top = max([1.04 * largest, *near]) or (0.01 if panel.unit == "share" else 1.0)
    return Scale(tuple(mark * factor for mark in ticks(top / factor)), False, layout.height)


def _phases(timeline: Timeline, phases: Sequence[PhaseSpan]) -> Iterator[Markup]:
    for at, phase in enumerate(phases):
        start, end = (ACROSS * at_s / timeline.duration_s for at_s in _span(phase, timeline))
        kind = ("even" if at % 2 else "odd") if phase.measured else "unmeasured"
        yield Markup('<rect class="phase {}" x="{}" width="{}" height="100"><title>{}</title></rect>').format(
            kind, _n(start), _n(max(0.0, end - start)), clean(phase.name)[:80]
        )


def _phase_names(timeline: Timeline, phases: Sequence[PhaseSpan], layout: Layout) -> Iterator[Markup]:
    """Names where there is room; the script, which may zoom in on short phases, finds each one's seconds in it."""
    for phase in phases:
        start_s, end_s = _span(phase, timeline)
        x = _x(start_s, timeline, layout)
        width = _x(end_s, timeline, layout) - x
        fits = width > 10 + 6 * min(len(phase.name), layout.name_length)
        yield Markup('<text class="name" x="{}" y="{}" data-from="{}" data-to="{}"{}>{}</text>').format(
            _n(x + 4), _n(TOP + 11), _n(start_s), _n(end_s), Markup("") if fits else Markup(' visibility="hidden"'),
            _short(phase.name, int((width - 8) / 6) if fits else layout.name_length),
        )  # fmt: skip


def _span(phase: PhaseSpan, timeline: Timeline) -> tuple[float, float]:
    end_s = phase.end_s if phase.end_s is not None else timeline.duration_s
    return phase.start_s, min(end_s, timeline.duration_s)


def _value_marks(panel: Panel, scale: Scale, layout: Layout) -> Iterator[Markup]:
    for mark in scale.marks:
        y = _n(scale.y(mark))
        yield Markup(
            '<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/><text class="mark" x="{}" y="{}">{}</text>'
        ).format(
            _n(layout.left), _n(layout.width - layout.right), y, y, _n(layout.left - 6), _n(scale.y(mark) + 4),
            show(mark, panel.unit),
        )  # fmt: skip


def _time_marks(timeline: Timeline, layout: Layout) -> Iterator[Markup]:
    bottom = TOP + layout.height
    for at_s in time_ticks(timeline.duration_s, layout.time_marks):
        x = _n(_x(at_s, timeline, layout))
        yield Markup(
            '<line class="tick" x1="{}" x2="{}" y1="{}" y2="{}"/><text class="time" x="{}" y="{}">{}</text>'
        ).format(x, x, _n(bottom), _n(bottom + 4), x, _n(bottom + 16), clock(at_s))


def _events(timeline: Timeline, events: Sequence[tuple[float, str, str]]) -> Iterator[Markup]:
    for at_s, _, text in events[:20]:
        x = _n(ACROSS * min(at_s, timeline.duration_s) / timeline.duration_s)
        yield Markup('<line class="event" x1="{}" x2="{}" y1="0" y2="100"><title>{}</title></line>').format(
            x, x, clean(text)[:200]
        )


def _limits(panel: Panel, scale: Scale, layout: Layout) -> Iterator[Markup]:
    for text, value in panel.limits:
        if value <= scale.marks[-1]:
            y = scale.y(value)
            yield Markup('<line class="limit" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(
                _n(layout.left), _n(layout.width - layout.right), _n(y), _n(y)
            )
            yield Markup('<text class="limit-name" x="{}" y="{}">{}</text>').format(
                _n(layout.width - layout.right - 4), _n(y - 4 if y > TOP + 12 else y + 12), clean(text)
            )


def _line_names(panel: Panel, scale: Scale, layout: Layout) -> Iterator[Markup]:
    ends = []
    for at, line in enumerate(panel.lines, 1):
        last = next((value for value in reversed(line.values) if value is not None), None)
        if last is not None and len(panel.lines) > 1:
            ends.append((at, line.name, scale.y(last) + 4))
    places = spread([y for _, _, y in ends], LABEL_APART, TOP + 8, TOP + layout.height + 4)
    for (at, name, _), y in zip(ends, places, strict=True):
        yield Markup('<text class="end c{}" x="{}" y="{}">{}</text>').format(
            at, _n(layout.width - layout.right + 6), _n(y), _short(name, layout.name_length)
        )


def _path(line: Line, timeline: Timeline, scale: Scale) -> str:
    """Straight lines between neighbouring bins; where bins have nothing the line has a gap, and a lone bin is a dot.

    Of what happens in few bins only, the next of them is a neighbour too.
    """
    known = [at for at, value in enumerate(line.values) if value is not None]
    spread_over = (known[-1] - known[0] + 1) / len(known) if known else 1.0
    reach = min(MOST_REACH, math.ceil(1.5 * spread_over)) if spread_over > SPARSE else 1
    parts, last = [], -math.inf
    for at in known:
        value = line.values[at]
        assert value is not None
        middle_s = min((at + 0.5) * timeline.step_s, timeline.duration_s)
        point = f"{_n(ACROSS * middle_s / timeline.duration_s)} {_n(scale.y(value) - TOP)}"
        parts.append(f"L{point}" if at - last <= reach else f"M{point}h.5")
        last = at
    return "".join(parts)


def _x(at_s: float, timeline: Timeline, layout: Layout) -> float:
    return layout.left + layout.plot * at_s / timeline.duration_s


def _short(name: str, length: int) -> str:
    name = clean(name)
    return name if len(name) <= length else f"{name[: max(1, length - 1)]}…"
