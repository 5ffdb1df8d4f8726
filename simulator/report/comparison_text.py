"""A comparison as text and as Markdown."""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from simulator.safe_text import clean
from simulator.units import show

STYLES = {"fail": "red", "better": "green", "pass": "", "inconclusive": "yellow", "no data": "dim"}
METRICS = {"error_rate": "errors"}
MOST_ADVICE = 5
NARROWEST, WIDEST = 90, 160
FIRST = (
    "First comparison: how much runs differ by themselves is not known yet (3% assumed); only a change of twice what "
    "is allowed counts. `simulator noise`, or three runs of each, would tell."
)

Document = Mapping[str, Any]
Row = Mapping[str, Any]


def to_text(document: Document) -> str:
    """The comparison as lines; with colours when standard output is a terminal that wants them."""
    width = min(max(shutil.get_terminal_size((120, 24)).columns, NARROWEST), WIDEST)
    coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    sheet = io.StringIO()
    console = Console(file=sheet, width=width, highlight=False, markup=False, force_terminal=coloured,
                      color_system="standard" if coloured else None, legacy_windows=False)  # fmt: skip
    console.print(Text(sides(document), style="bold"))
    for warning in document["warnings"]:
        console.print(Text(f"warning: {clean(warning)}", style="yellow"))
    console.print()
    console.print(_table(document))
    for explanation in document["explanations"]:
        _explain(console, explanation)
    console.print()
    for line in advice_lines(document):
        console.print(Text(clean(line), style="yellow"))
    if document["first"]:
        console.print(Text(FIRST, style="dim"))
    style = "bold red" if document["verdict"] == "regressed" else "bold green"
    console.print(Text(clean(document["conclusion"]), style=style))
    return "\n".join(line.rstrip() for line in sheet.getvalue().splitlines())


def to_markdown(document: Document) -> str:
    """The comparison for a pull request: the conclusion first, then what changed and why."""
    lines = [f"**{_escaped(document['conclusion'])}**", "", _escaped(sides(document)), ""]
    lines += [f"> warning: {_escaped(warning)}" for warning in document["warnings"]]
    lines += ["", "| | metric | base | new | change | verdict |", "| --- | --- | ---: | ---: | --- | --- |"]
    for row in shown_rows(document):
        cells = [name_of(row), _metric(row), *_values(row), row["text"], row["verdict"]]
        lines.append("| " + " | ".join(_escaped(str(cell)) for cell in cells) + " |")
    for explanation in document["explanations"]:
        lines += ["", f"What goes with **{_escaped(explanation['title'])}**:", ""]
        lines += [f"- {_escaped(line)}" for line in explanation["text"]]
    if document["first"]:
        lines += ["", _escaped(FIRST)]
    return "\n".join(lines) + "\n"


def sides(document: Document) -> str:
    """Who is compared with whom."""
    words = []
    for name in ("base", "new"):
        side = document[name]
        count = len(side["runs"])
        words.append(f"{', '.join(map(clean, side['builds']))} ({count} run{'' if count == 1 else 's'})")
    paired = ", compared pair by pair" if document["paired"] else ""
    return f"{words[0]} → {words[1]}{paired}"


def shown_rows(document: Document) -> Iterator[Row]:
    """The rows a reader wants, failures first: p95 (or p50) of journeys and steps, and what may have changed."""
    has_p95 = {_subject(row) for row in document["rows"] if row["metric"] == "p95" and row["verdict"] != "no data"}
    for row in sorted(document["rows"], key=lambda row: row["verdict"] != "fail"):
        usual = row["level"] != "operation" and row["metric"] == ("p95" if _subject(row) in has_p95 else "p50")
        doubtful = (
            row["verdict"] == "inconclusive" and row["worse_by"] >= row["allowed"] and row["level"] != "operation"
        )
        if usual or doubtful or row["family"] == "gate" or row["verdict"] in ("fail", "better"):
            yield row


def advice_lines(document: Document) -> list[str]:
    """What to do next about rows that could not be told from noise."""
    rows = [row for row in shown_rows(document) if row["advice"] and row["worse_by"] >= row["allowed"]]
    return [f"{name_of(row)} {_metric(row)}: {row['advice']}" for row in rows][:MOST_ADVICE]


def _subject(row: Row) -> tuple[str | None, ...]:
    return row["user"], row["journey"], row["step"], row["name"]


def name_of(row: Row) -> str:
    """A row's name: a step is read after its journey, an operation after its step."""
    parts = [clean(str(part)) for part in (row["journey"] or row["user"], row["step"], row["name"]) if part]
    return " › ".join(parts) or "all journeys"


def _table(document: Document) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for head, justify in (("journey › step", "left"), ("", "left"), ("base", "right"), ("new", "right")):
        table.add_column(head, justify=justify, overflow="fold")  # type: ignore[arg-type]
    table.add_column("change")
    table.add_column("")
    for row in shown_rows(document):
        style = STYLES[row["verdict"]]
        cells = [name_of(row), _metric(row), *_values(row), clean(row["text"])]
        table.add_row(*map(Text, cells), Text(row["verdict"], style=style))
    return table


def _values(row: Row) -> tuple[str, str]:
    return show(row["base_value"], row["unit"]), show(row["new_value"], row["unit"])


def _metric(row: Row) -> str:
    return METRICS.get(row["metric"], str(row["metric"]))


def _explain(console: Console, explanation: Mapping[str, Any]) -> None:
    console.print()
    console.print(Text(f"what goes with {clean(explanation['title'])}", style="bold"))
    for line in explanation["text"]:
        console.print(Text(f"  {clean(line)}"))


def _escaped(text: str) -> str:
    return "".join(f"\\{letter}" if letter in "|`<>*_[]@#" else letter for letter in clean(text))
