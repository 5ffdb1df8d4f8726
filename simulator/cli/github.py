"""What GitHub Actions shows beside a run: annotations at the limits that broke, and the summary of the job."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from simulator.report.render import render
from simulator.report.run import Run
from simulator.report.wording import threshold_name
from simulator.safe_text import clean

MOST = 10
"""GitHub shows ten annotations of a kind for a step."""


def tell_github(run: Run, environ: Mapping[str, str]) -> None:
    """Print annotations and add to the job's summary, when run by GitHub Actions."""
    if environ.get("GITHUB_ACTIONS") != "true":
        return
    for line in workflow_commands(run.document):
        print(line)
    summary = environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(render(run, "md"))


def workflow_commands(document: Mapping[str, Any]) -> Iterator[str]:
    """Workflow commands: an error for each broken limit of the gate, a warning for each that only warns."""
    rows = [row for row in document["thresholds"] if row["result"] in ("fail", "no data") or row["leaning"] == "fail"]
    for row in rows[:MOST]:
        kind = "error" if row["severity"] == "fail" else "warning"
        place = f"file={_property(row['file'])},line={row['line']}," if row["line"] else ""
        yield f"::{kind} {place}title={_property(threshold_name(row))}::{_data(row['reason'])}"
    if document["verdict"] == "invalid":
        yield f"::error title=the run is invalid::{_data('; '.join(document['reasons']))}"


def _data(text: str) -> str:
    return clean(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
