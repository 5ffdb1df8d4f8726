"""A run as one HTML file that works alone: no network, no library, legible without its script."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import jinja2
from markupsafe import Markup

from simulator.report.axis import TIME_STEPS_S, clock
from simulator.report.bins import Bins
from simulator.report.chart import NARROW, WIDE, draw, paths
from simulator.report.evidence import Evidence, Piece
from simulator.report.highlight import Highlight, highlight_of
from simulator.report.mark import bar, gauge
from simulator.report.run import Run
from simulator.report.summary import summary_of
from simulator.report.text_form import journey_rows
from simulator.report.timeline import Timeline, axis_of, timeline_of
from simulator.report.troubles import place_of, troubles
from simulator.report.waterfall_chart import falls, scale_words
from simulator.report.wording import SIGNS, VERDICTS, ends, finding, scope_words, threshold_name
from simulator.safe_text import clean, markup_without_commands
from simulator.units import show

VERDICT_SIGNS = {"passed": "✓", "failed": "✗", "invalid": "!"}
RESULT_ORDER = {"fail": 0, "no data": 1, "inconclusive": 3, "pass": 4}
MOST_CLOSE = 3
SPARE_BYTES = 200_000
"""So much of a page evidence of slow journeys may take, beside that of failures."""
VITAL_GRADES = {"lcp": (2.5, 4.0), "inp": (0.2, 0.5), "cls": (0.1, 0.25), "fcp": (1.8, 3.0), "ttfb": (0.8, 1.8)}
"""Good up to the first, poor beyond the second (web.dev/articles/vitals)."""


@dataclass(frozen=True)
class Judged:
    """A threshold as the page shows it.

    Attributes:
        row: of the document.
        number: from 1, in order of the document.
        look: where to look.
        anchor: of the table row it is about; empty when there is none.
    """

    row: Mapping[str, Any]
    number: int
    look: Highlight
    anchor: str

    @property
    def is_broken(self) -> bool:
        """Whether it failed, had no data, or leans to fail."""
        return self.row["result"] in ("fail", "no data") or self.row["leaning"] == "fail"


def to_html(run: Run) -> str:
    """The page of a run. Evidence beyond a budget is linked instead of taken in."""
    return rendered("page.html", **_content(run))


def rendered(template: str, **content: Any) -> str:
    """A template with its style and script in place, and a policy that allows nothing else.

    Raises:
        LookupError: a value that the template shows is not there.
    """
    style, script = chart_style() + _file("page.css"), _file("page.js")
    policy = f"default-src 'none'; img-src data:; style-src '{_hash(style)}'; script-src '{_hash(script)}'"
    policy += "; base-uri 'none'; form-action 'none'"
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_file), autoescape=True, finalize=_printed, trim_blocks=True, lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )  # fmt: skip
    environment.globals.update(show=show, clock=clock, finding=finding, scope_words=scope_words, bar=bar, gauge=gauge,
                               ends=ends, scale_words=scale_words)  # fmt: skip
    page = environment.get_template(template)
    try:
        text = page.render(style=Markup(style), script=Markup(script), policy=policy, **content)
    except jinja2.UndefinedError as error:
        raise LookupError(str(error)) from error
    return markup_without_commands(text)


def chart_style() -> str:
    """Colours, and the style of charts, as pages and chart files have them."""
    return _file("chart.css")


def _content(run: Run) -> dict[str, Any]:
    document = run.document
    bins = Bins(run.measurements, axis_of(run).step_s)
    timeline, errors = timeline_of(run, bins), troubles(document)
    rows = _tables(document)
    judged = list(_judged(run, bins, errors, rows))
    phases = run.measurements.phases
    spare, shown_falls = Evidence(run.folder, SPARE_BYTES), falls(run)
    return {
        "run": document,
        "word": VERDICTS[document["verdict"]],
        "sign": VERDICT_SIGNS[document["verdict"]],
        "signs": SIGNS,
        "total": document["series"][0],
        "counts": _counts(judged),
        "broken": sorted((j for j in judged if j.is_broken), key=_weight),
        "close": _closest(judged),
        "judged": sorted(judged, key=_weight),
        "other_reasons": _other_reasons(document, judged),
        "summary": summary_of(document),
        "charts": [
            [
                paths(panel, timeline, number),
                *(draw(panel, timeline, phases, layout, run.events, number) for layout in (WIDE, NARROW)),
            ]
            for number, panel in enumerate(timeline.panels)
        ],
        "data": _script_data(timeline, run),
        "events": run.events,
        "rows": rows,
        "largest": {level: _largest(rows, level) for level in ("journey", "operation")},
        "phase_rows": list(_phase_rows(run)),
        "phase_names": [phase.name for phase in phases],
        "errors": list(_errors(run, errors, judged)),
        "vitals": [(row, _grade(row)) for row in document["vitals"]],
        "falls": shown_falls,
        "fall_at": {(one["user"], one["journey"]): at for at, one in enumerate(shown_falls)},
        "baseline_build": None if run.baseline is None else str(run.baseline.get("build", "")),
        "slowest": [(row, spare.pieces(row["evidence"])) for row in document["slowest"]],
    }


def _judged(
    run: Run, bins: Bins, errors: Sequence[Mapping[str, Any]], rows: Mapping[str, list[dict[str, Any]]]
) -> Iterator[Judged]:
    anchors = {_identity(row): row["anchor"] for table in rows.values() for row in table if row["phase"] is None}
    for number, row in enumerate(run.document["thresholds"], 1):
        look = highlight_of(row, run, bins, errors)
        yield Judged(row, number, look, anchors.get(look.row, "") if look.row else "")


def _weight(judged: Judged) -> tuple[int, int, int]:
    row = judged.row
    return (row["severity"] == "warn", RESULT_ORDER[row["result"]] - (row["leaning"] == "fail"), judged.number)


def _counts(judged: Sequence[Judged]) -> list[tuple[str, int]]:
    words = {"pass": "passed", "fail": "failed", "no data": "without data", "inconclusive": "inconclusive"}
    counts = ((word, sum(j.row["result"] == result for j in judged)) for result, word in words.items())
    return [(word, count) for word, count in counts if count]


def _closest(judged: Sequence[Judged]) -> list[Judged]:
    """The kept thresholds that have the least room left."""

    def room(one: Judged) -> float:
        value, limit = float(one.row["value"]), float(one.row["limit"])
        return abs(limit - value) / abs(limit) if limit else abs(value)

    kept = [j for j in judged if not j.is_broken and j.row["value"] is not None and not j.row.get("relative")]
    return sorted(kept, key=room)[:MOST_CLOSE]


def _other_reasons(document: Mapping[str, Any], judged: Sequence[Judged]) -> list[str]:
    """The verdict's reasons that no threshold tells already."""
    told = [threshold_name(one.row) for one in judged]
    said = [r for r in document["reasons"] if not any(r.removeprefix("warning: ").startswith(name) for name in told)]
    return [*said, *document.get("notes", ())]


def _tables(document: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Rows of the two tables with their anchors: journeys with steps, and operations; whole run first, then phases."""
    whole = [row for row in document["series"][1:] if row["phase"] is None]
    later = [row for row in document["series"][1:] if row["phase"] is not None]
    journeys = journey_rows({**document, "series": whole}) + journey_rows_of_phases(document, later)
    operations = [row for row in [*whole, *later] if row["level"] == "operation"]
    operations.sort(key=lambda row: (row["phase"] is not None, -row["count"]))
    return {
        "journey": [{**row, "anchor": f"j{at}"} for at, row in enumerate(journeys)],
        "operation": [{**row, "anchor": f"o{at}"} for at, row in enumerate(operations)],
    }


def journey_rows_of_phases(document: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Journeys and steps of each phase, ordered within a phase as over the whole run."""
    found = []
    for phase in document["phases"]:
        of_phase = [{**row, "phase": None} for row in rows if row["phase"] == phase["name"]]
        found += [{**row, "phase": phase["name"]} for row in journey_rows({**document, "series": of_phase})]
    return found


def _identity(row: Mapping[str, Any]) -> tuple[str, str, str, str]:
    last = row["name"] if row["level"] == "operation" else row["step"]
    return (row["level"], row["user"] or "", row["journey"] or "", last or "")


def _largest(rows: Mapping[str, Sequence[Mapping[str, Any]]], level: str) -> float:
    return max((row["p99_s"] or 0.0 for row in rows[level] if row["phase"] is None), default=0.0)


def _phase_rows(run: Run) -> Iterator[dict[str, Any]]:
    """All operations of each phase together."""
    for phase, planned in zip(run.measurements.phases, run.document["phases"], strict=False):
        keys = [k for k in run.measurements.totals if k.level == "operation" and k.phase == phase.name]
        cell, lasted_s = run.measurements.total(keys), run.measurements.span_s(phase)
        yield {
            "phase": phase,
            "load": planned.get("load", ""),
            "lasted_s": lasted_s,
            "count": cell.count,
            "rate_per_s": cell.count / lasted_s if lasted_s else None,
            "errors": cell.errors,
            "error_rate": cell.errors / cell.count if cell.count else None,
            "times": [cell.ok.percentile(q) for q in (0.5, 0.95, 0.99)],
        }


def _errors(
    run: Run, errors: Sequence[Mapping[str, Any]], judged: Sequence[Judged]
) -> Iterator[tuple[Mapping[str, Any], str, tuple[Piece, ...]]]:
    """Each with its place and its evidence; those behind broken thresholds are served first from the budget."""
    evidence, pieces = Evidence(run.folder), {}
    blamed = [at for one in judged if one.is_broken for at in one.look.troubles]
    for at in dict.fromkeys([*blamed, *range(len(errors))]):
        pieces[at] = evidence.pieces(errors[at]["evidence"])
    for at, row in enumerate(errors):
        yield row, place_of(row), pieces[at]


def _grade(row: Mapping[str, Any]) -> str:
    good, poor = VITAL_GRADES.get(row["metric"], (None, None))
    if good is None or poor is None or row["p75"] is None:
        return ""
    return "good" if row["p75"] <= good else "poor" if row["p75"] > poor else "needs improvement"


def _script_data(timeline: Timeline, run: Run) -> Markup:
    """What the script shows for a moment, as texts, so that it has nothing to format."""
    phases = run.measurements.phases
    starts = [at * timeline.step_s for at in range(timeline.bins)]
    lines = [
        {"name": clean(f"{panel.word}{line.name}"), "text": [show(v, panel.unit) for v in line.values]}
        for panel in timeline.panels
        for line in panel.lines
    ]
    layouts = {
        one.name: {"left": one.left, "plot": one.plot, "width": one.width, "marks": one.time_marks}
        for one in (WIDE, NARROW)
    }
    data = {
        "duration": timeline.duration_s,
        "step": timeline.step_s,
        "layouts": layouts,
        "at": [clock(start) for start in starts],
        "phase": [clean(next((p.name for p in reversed(phases) if p.start_s <= at), "")) for at in starts],
        "steps": TIME_STEPS_S,
        "lines": lines,
    }
    return json_for_script(data)


def json_for_script(value: Any) -> Markup:
    """JSON that cannot end the element that holds it, nor be anything but text in it."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    for mark in "<>&#":
        text = text.replace(mark, f"\\u{ord(mark):04x}")
    return Markup(text)


def _printed(value: Any) -> Any:
    """What a template prints: foreign text without direction marks and control characters; escaping comes after."""
    return clean(value, keep_lines=True) if isinstance(value, str) and not isinstance(value, Markup) else value


def _file(name: str) -> str:
    return files("simulator.report").joinpath("page", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
