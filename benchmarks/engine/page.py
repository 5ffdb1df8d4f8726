"""The tables of docs/engine.md, between marks."""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence
from pathlib import Path

from benchmarks.engine.case import Case, Row

PAGE = Path(__file__).parents[2] / "docs" / "engine.md"


def table_of_case(case: Case, rows: Sequence[Row], rounds: int) -> str:
    """Markdown: figure and least figure of each peer, and the ratio that is limited."""
    unit, scale = ("MiB", 2**20) if case.of_memory else ("µs of CPU a request", 1.0)
    lines = [f"| {rounds} rounds | {unit}, median | least | ours / it | at most | |", "|---|---|---|---|---|---|"]
    for row in rows:
        median, least = statistics.median(row.figures) / scale, min(row.figures) / scale
        lines.append(f"| {row.peer} | {median:.1f} | {least:.1f} | {_judged(row)} |")
    return "\n".join(lines)


def write_table(name: str, title: str, table: str, page: Path = PAGE) -> None:
    """Put a table in the place of the one of the same name, or at the page's end."""
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    block = f"{begin}\n\n### {title}\n\n{table}\n\n{end}"
    text = page.read_text() if page.exists() else "# The load engine\n"
    found = re.compile(rf"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    text = found.sub(lambda _: block, text) if begin in text else f"{text.rstrip()}\n\n{block}\n"
    page.write_text(text)


def _judged(row: Row) -> str:
    if row.ratio is None or row.gate is None:
        return "1 | | "
    return f"{row.ratio:.3f} | {row.gate:g} | {'holds' if row.ratio <= row.gate else 'missed'}"
