"""What a run measured over time, on one axis for everything."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from simulator.record.measurements import Measurements
from simulator.record.source import GENERATOR, NO_SERVICES
from simulator.report.axis import bin_width
from simulator.report.bins import Bin, Bins
from simulator.report.highlight import limit_of
from simulator.report.run import Run

MOST_BINS = 600
PERCENTILES = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
MOST_SOURCES = 6
ARRIVALS = ("planned", "started", "dropped")
VITALS = ("lcp", "fcp", "inp", "ttfb")


@dataclass(frozen=True)
class Line:
    """One value over time.

    Attributes:
        name: what it is, in a word.
        values: for each bin; `None` where nothing was measured.
    """

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class Panel:
    """Lines of one unit that share a vertical axis.

    Attributes:
        title: what is drawn.
        unit: a key of `units.SHOW`.
        lines: the lines.
        limits: thresholds of the whole run on what is drawn: their text and their value.
        word: what stands before a line's name where the title is not to be seen; empty text when the name says it all.
    """

    title: str
    unit: str
    lines: tuple[Line, ...]
    limits: tuple[tuple[str, float], ...] = ()
    word: str = ""


@dataclass(frozen=True)
class Timeline:
    """Panels over one time axis.

    Attributes:
        duration_s: the whole axis.
        step_s: how long a bin lasts.
        panels: from the top.
    """

    duration_s: float
    step_s: int
    panels: tuple[Panel, ...]

    @property
    def bins(self) -> int:
        """How many bins the axis has."""
        return max(1, -(-int(self.duration_s) // self.step_s))

    def lasted_s(self, at: int) -> float:
        """How long a bin really is; the last one may be short."""
        return min(self.step_s, max(1.0, self.duration_s - at * self.step_s))


def axis_of(run: Run, most_bins: int = MOST_BINS) -> Timeline:
    """The time axis of a run in at most so many bins, still without panels."""
    seconds = float(run.measurements.last_second + 1)
    duration_s = max(1.0, float(run.document["duration_s"] or 0), seconds)
    return Timeline(duration_s, bin_width(duration_s, most_bins), ())


def timeline_of(run: Run, bins: Bins, most_bins: int = MOST_BINS) -> Timeline:
    """The run over time, in bins of whole seconds; cells are merged, so that percentiles are those of the bin."""
    measurements = run.measurements
    axis = axis_of(run, most_bins)
    operations = bins.of(key for key in measurements.totals if key.level == "operation")
    panels = [
        _load(operations, axis),
        *_arrivals(measurements, axis),
        *_users(measurements, axis),
        _times(operations, axis, run),
        *_vitals(bins, axis, run),
        _errors(operations, axis, run),
    ]
    panels += _gauges(measurements, axis, "CPU, 100% is one core", "cpu", "share", _mean)
    panels += _gauges(measurements, axis, "Memory", "memory", "bytes", max)
    return Timeline(axis.duration_s, axis.step_s, tuple(panels))


def _load(operations: Mapping[int, Bin], axis: Timeline) -> Panel:
    rates: list[float | None] = []
    for at in range(axis.bins):
        rates.append(operations[at].count / axis.lasted_s(at) if at in operations else 0.0)
    return Panel("Operations per second", "per_s", (Line("operations", tuple(rates)),))


def _arrivals(measurements: Measurements, axis: Timeline) -> Iterator[Panel]:
    """What was planned beside what came of it; a run whose users come by themselves has none."""
    read = [word for word in ARRIVALS if measurements.readings(GENERATOR, f"arrivals_{word}")]
    if "planned" in read:
        lines = (_counts(measurements, axis, f"arrivals_{word}", word) for word in read)
        yield Panel("Arrivals per second", "per_s", tuple(lines), word="arrivals ")


def _counts(measurements: Measurements, axis: Timeline, metric: str, name: str) -> Line:
    """A gauge that counts what came in each second, as a rate."""
    sums: dict[int, float] = defaultdict(float)
    for reading in measurements.readings(GENERATOR, metric):
        sums[int(max(0.0, reading.at_s - 0.5) // axis.step_s)] += reading.value  # read just after its second ended
    return Line(name, tuple(sums[at] / axis.lasted_s(at) if at in sums else 0.0 for at in range(axis.bins)))


def _vitals(bins: Bins, axis: Timeline, run: Run) -> Iterator[Panel]:
    """Over all pages; those of layout, which are no times, are in the table."""
    lines = []
    for metric in VITALS:
        keys = [key for key in run.measurements.totals if key.level == "vital" and key.name == metric]
        found = bins.of(keys) if keys else {}
        if found:
            values = (found[at].ok.percentile(0.75) if at in found else None for at in range(axis.bins))
            lines.append(Line(metric.upper(), tuple(values)))
    if lines:
        yield Panel("Web vitals of all pages, p75", "s", tuple(lines), _limits(run, "lcp"))


def _times(operations: Mapping[int, Bin], axis: Timeline, run: Run) -> Panel:
    lines = (
        Line(name, tuple(operations[at].ok.percentile(q) if at in operations else None for at in range(axis.bins)))
        for name, q in PERCENTILES
    )
    return Panel("Response time of successful operations", "s", tuple(lines), _limits(run, "response_time"))


def _errors(operations: Mapping[int, Bin], axis: Timeline, run: Run) -> Panel:
    shares = (operations[at].error_rate if at in operations else None for at in range(axis.bins))
    return Panel("Failed operations", "share", (Line("errors", tuple(shares)),), _limits(run, "error_rate"))


def _limits(run: Run, metric: str) -> tuple[tuple[str, float], ...]:
    """The limits of the whole run that can be compared with single bins."""
    found = {}
    for row in run.document["thresholds"]:
        limit = limit_of(row)
        if limit is not None and limit.metric == metric and not row["scope"] and limit.change is None:
            found[limit.text] = limit.value
    return tuple(found.items())[:3]


def _users(measurements: Measurements, axis: Timeline) -> Iterator[Panel]:
    sources = [source for source, metric in measurements.gauges() if metric == "users"]
    if sources:
        yield Panel(
            "Users", "", tuple(_gauge(measurements, axis, source, "users", max) for source in sources[:MOST_SOURCES]),
            word="users of " if sources[1:] else "",
        )  # fmt: skip


def _gauges(
    measurements: Measurements, axis: Timeline, title: str, metric: str, unit: str, fold: Callable[[list[float]], float]
) -> Iterator[Panel]:
    sources = [source for source, name in measurements.gauges() if name == metric]
    own = [GENERATOR] if metric == "memory" else list(NO_SERVICES)  # a machine's memory would dwarf the others
    others = [source for source in sources if source not in NO_SERVICES]
    ordered = [*others, *(source for source in own if source in sources)][:MOST_SOURCES]
    if ordered:
        lines = tuple(_gauge(measurements, axis, source, metric, fold) for source in ordered)
        yield Panel(title, unit, lines, word=f"{'CPU' if metric == 'cpu' else metric} of ")


def _gauge(
    measurements: Measurements, axis: Timeline, source: str, metric: str, fold: Callable[[list[float]], float]
) -> Line:
    values: dict[int, list[float]] = defaultdict(list)
    for reading in measurements.readings(source, metric):
        values[int(reading.at_s // axis.step_s)].append(reading.value)
    folded = tuple(fold(values[at]) if at in values else None for at in range(axis.bins))
    return Line("users" if metric == "users" and source == GENERATOR else source, folded)


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
