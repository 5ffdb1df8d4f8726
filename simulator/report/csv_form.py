"""The series of a run as CSV, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from typing import Any

from simulator.report.run import Run
from simulator.safe_text import clean, without_commands

_STARTS_A_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def to_csv(run: Run) -> str:
    """One line a series; the first line names the columns."""
    rows = run.document["series"]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(rows[0])
    for row in rows:
        writer.writerow(_cell(value) for value in row.values())
    return without_commands(text.getvalue())


def _cell(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = clean(value)
    return f"'{text}" if text.startswith(_STARTS_A_FORMULA) else text
