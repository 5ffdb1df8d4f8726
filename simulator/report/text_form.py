"""A run as text: the last screen of a run, and what `simulator report` prints."""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from simulator.report.run import Run
from simulator.report.summary import summary_of
from simulator.report.troubles import place_of, troubles
from simulator.report.waterfall import sentence
from simulator.report.wording import SIGNS, VERDICTS, finding, threshold_name, totals_line
from simulator.safe_text import clean, without_commands
from simulator.units import show

STYLES = {"passed": "bold green", "failed": "bold red", "invalid": "bold yellow"}
RESULT_STYLES = {"fail": "red", "no data": "yellow", "inconclusive": "yellow", "pass": "green"}
MOST_PASSED = 12
MOST_ERRORS = 8
MOST_FALLS = 4
NARROWEST, WIDEST = 72, 140


def to_text(run: Run) -> str:
    """The run as lines; with colours when standard output is a terminal that wants them."""
    width = min(max(shutil.get_terminal_size((100, 24)).columns, NARROWEST), WIDEST)
    coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    sheet = io.StringIO()
    console = Console(file=sheet, width=width, highlight=False, markup=False, emoji=False, force_terminal=coloured,
                      color_system="standard" if coloured else None, legacy_windows=False)  # fmt: skip
    for part in _parts(run):
        console.print(part, soft_wrap=isinstance(part, Text) and part.no_wrap is True)
    return without_commands("\n".join(line.rstrip() for line in sheet.getvalue().splitlines()))


UNLESS_NOTHING = ("tbt", "long_tasks", "page_errors", "console_errors")
"""Metrics of pages that are only shown when there is something to see."""


def _parts(run: Run) -> Iterator[RenderableType]:
    document = run.document
    yield _journeys(document)
    yield ""
    if document["vitals"]:
        yield _vitals(document)
        yield ""
    if document["errors"]:
        yield _errors(document)
        yield ""
    falls = [row for row in document.get("waterfalls") or () if row["which"] != "typical"]
    if falls:
        yield from (Text(clean(sentence(row)), style="dim") for row in falls[:MOST_FALLS])
        yield ""
    if document["thresholds"]:
        yield _thresholds(document)
        yield ""
    yield from _verdict(run)


def _journeys(document: dict[str, Any]) -> Table:
    table = _table("journey / step", *(("count", "rate", "p50", "p95", "p99", "errors")))
    for row in journey_rows(document):
        name = f"  {row['step']}" if row["level"] == "step" else f"{row['user']}.{row['journey']}"
        style = "red" if row["errors"] else ""
        table.add_row(
            Text(_indented(name), style="" if row["level"] == "step" else "bold"),
            f"{row['count']:,}",
            show(row["rate_per_s"], "per_s"),
            *(show(row[p], "s") for p in ("p50_s", "p95_s", "p99_s")),
            Text(f"{row['errors']:,} ({show(row['error_rate'], 'share')})" if row["errors"] else "0", style=style),
        )
    return table


def journey_rows(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows of journeys over the measured phases, each followed by its steps in the order in which they are planned."""
    rows = [row for row in document["series"] if row["phase"] is None and row["level"] in ("journey", "step")]
    planned = {(j["user"], j["name"]): list(j["steps"]) for j in document["journeys"]}

    def order(row: dict[str, Any]) -> tuple[Any, ...]:
        steps = planned.get((row["user"], row["journey"]), [])
        place = steps.index(row["step"]) if row["step"] in steps else len(steps)
        return (row["user"] or "", row["journey"] or "", row["level"] == "step", place, row["step"] or "")

    return sorted(rows, key=order)


def _vitals(document: dict[str, Any]) -> Table:
    table = _table("web vitals: page", "metric", "p75", "p95", "count")
    for row in document["vitals"]:
        if row["metric"] in UNLESS_NOTHING and not row["p95"]:
            continue
        shown = [show(row[q], row["unit"]) for q in ("p75", "p95")]
        table.add_row(clean(row["page"]), clean(row["metric"]).upper(), *shown, f"{row['count']:,}")
    return table


def _errors(document: dict[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=True, header_style="dim")
    table.add_column("errors", justify="right")
    table.add_column("what")
    table.add_column("where", overflow="fold")
    errors = troubles(document)
    for row in errors[:MOST_ERRORS]:
        message = clean(row["message"].strip().splitlines()[0] if row["message"].strip() else "")[:160]
        what = row["class"] if message.startswith(row["class"]) or not message else f"{row['class']}: {message}"
        table.add_row(f"{row['count']:,}", Text(clean(what)), Text(clean(place_of(row))))
    if len(errors) > MOST_ERRORS:
        table.add_row("", Text(f"and {len(errors) - MOST_ERRORS} more kinds", style="dim"), "")
    return table


def _thresholds(document: dict[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=True, header_style="dim")
    table.add_column("")
    table.add_column("threshold", overflow="fold")
    table.add_column("result", overflow="fold")
    order = list(RESULT_STYLES)
    rows = sorted(document["thresholds"], key=lambda row: (order.index(row["result"]), row["severity"] == "warn"))
    shown = [row for row in rows if row["result"] != "pass"] + [r for r in rows if r["result"] == "pass"][:MOST_PASSED]
    for row in shown:
        style = RESULT_STYLES[row["result"]]
        table.add_row(Text(SIGNS[row["result"]], style=style), Text(clean(threshold_name(row))), Text(_told(row)))
    if len(rows) > len(shown):
        table.add_row("", Text(f"and {len(rows) - len(shown)} more that passed", style="dim"), "")
    return table


def _told(row: dict[str, Any]) -> str:
    warns = " (warns only)" if row["severity"] == "warn" and row["result"] == "fail" else ""
    leans = f", leans to {row['leaning']}" if row["leaning"] else ""
    return clean(finding(row) if row["result"] == "pass" else f"{row['result']}{leans}{warns}: {row['reason']}")


def _verdict(run: Run) -> Iterable[RenderableType]:
    document = run.document
    verdict = document["verdict"]
    yield Text.assemble(
        (VERDICTS[verdict], STYLES[verdict]),
        f"  {clean(document['build'])} at {clean(document['host'])}, {show(document['duration_s'], 's')}",
    )
    warnings = [reason for reason in document["reasons"] if reason.startswith("warning: ")]
    for reason in document["reasons"]:
        if reason not in warnings:
            yield Padding(Text(clean(reason)), (0, 0, 0, 2))
    if warnings:
        yield Text(f"  {len(warnings)} warning{'s' if warnings[1:] else ''}, see the thresholds above", style="yellow")
    for note in document.get("notes", ()):
        yield Padding(Text(clean(note), style="yellow"), (0, 0, 0, 2))
    yield Padding(Text(totals_line(document)), (0, 0, 0, 2))
    yield from _outlook(document)
    evidence = [path for error in document["errors"] for path in error["evidence"]]
    if run.folder is not None:
        if evidence:
            yield Text(f"evidence  {run.folder / 'evidence'} ({len(evidence)} files)", no_wrap=True, overflow="ignore")
        yield Text(f"report    {run.folder / 'report.html'}", no_wrap=True, overflow="ignore")


def _outlook(document: dict[str, Any]) -> Iterator[RenderableType]:
    """What changed, what was not tested, what to do next."""
    summary = summary_of(document)
    if summary.change:
        yield Padding(Text(clean(summary.change)), (0, 0, 0, 2))
    for text in summary.correlations:
        yield Padding(Text(clean(text)), (0, 0, 0, 2))
    for text in summary.not_tested:
        yield Padding(Text(clean(f"not tested: {text}"), style="yellow"), (0, 0, 0, 2))
    for one in summary.recommendations:
        yield Padding(Text.assemble(f"→ {clean(one.text)} ", (f"({clean(one.finding)})", "dim")), (0, 0, 0, 2))


def _table(*heads: str) -> Table:
    table = Table(box=None, pad_edge=False, show_header=True, header_style="dim")
    table.add_column(heads[0], overflow="fold")
    for head in heads[1:]:
        table.add_column(head, justify="right", no_wrap=True)
    return table


def _indented(text: str) -> str:
    return text[: len(text) - len(text.lstrip())] + clean(text)
