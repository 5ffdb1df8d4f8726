"""A run as Markdown, short enough for a merge request."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from simulator.report.run import Run
from simulator.report.summary import summary_of
from simulator.report.text_form import journey_rows
from simulator.report.troubles import place_of, troubles
from simulator.report.waterfall import sentence
from simulator.report.wording import SIGNS, VERDICTS, finding, threshold_name, totals_line, with_ends
from simulator.safe_text import clean

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~$])")
_REFERENCE = re.compile(r"([@#!%~^]|\bGH-)(?=\w)")
_ADDRESS = re.compile(r"://|\bwww\.", re.IGNORECASE)
_LIST = re.compile(r"^([-=]|\d+(?=[.)]))")
LONGEST = 300


def to_markdown(run: Run, charts: Sequence[tuple[str, str]] = ()) -> str:
    """Verdict, thresholds, and everything else folded away.

    Args:
        run: a stored run.
        charts: title and relative address of pictures to show; none are made here.
    """
    return "\n".join(_lines(run.document, charts)) + "\n"


def _lines(document: dict[str, Any], charts: Sequence[tuple[str, str]]) -> Iterator[str]:
    summary = summary_of(document)
    yield f"## {VERDICTS[document['verdict']]}: {escaped(document['build'])}"
    yield ""
    yield escaped(summary.headline)
    yield ""
    for reason in (*document["reasons"], *document.get("notes", ())):
        yield f"- {escaped(reason)}"
    yield f"- {escaped(totals_line(document))}"
    if summary.change:
        yield f"- {escaped(summary.change)}"
    yield from (f"- {escaped(text)}" for text in summary.correlations)
    yield from (f"- not tested: {escaped(text)}" for text in summary.not_tested)
    yield ""
    if summary.recommendations:
        yield "What to do next:"
        yield ""
        yield from (f"- {escaped(one.text)} ({escaped(one.finding)})" for one in summary.recommendations)
        yield ""
    if document["thresholds"]:
        yield from _table(["", "threshold", "result"], map(_threshold, document["thresholds"]))
    if charts:
        yield "<details><summary>Over time</summary>"
        yield ""
        yield from (f"![{escaped(title)}]({address})" for title, address in charts)
        yield ""
        yield "</details>"
    yield "<details><summary>Journeys and steps</summary>"
    yield ""
    heads = ["journey / step", "count", "p50", "p95", "p99", "errors"]
    yield from _table(heads, map(_journey, journey_rows(document)))
    yield "</details>"
    if document.get("waterfalls"):
        yield "<details><summary>Journeys step by step</summary>"
        yield ""
        yield from (f"- {escaped(sentence(row))}" for row in document["waterfalls"])
        yield ""
        yield "</details>"
    if document["errors"]:
        yield "<details><summary>Errors</summary>"
        yield ""
        yield from _table(["count", "class", "where", "message"], map(_error, troubles(document)[:20]))
        yield "</details>"


def _table(heads: list[str], rows: Any) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{' --- |' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


def _threshold(row: dict[str, Any]) -> list[str]:
    told = finding(row) if row["result"] == "pass" else f"{row['result']}: {row['reason']}"
    return [SIGNS[row["result"]], escaped(threshold_name(row)), escaped(told)]


def _journey(row: dict[str, Any]) -> list[str]:
    name = f"&nbsp;&nbsp;{escaped(row['step'])}" if row["level"] == "step" else f"**{escaped(row['journey'])}**"
    times = [with_ends(row, p, "s") for p in ("p50_s", "p95_s", "p99_s")]
    return [name, f"{row['count']:,}", *times, with_ends(row, "error_rate", "share")]


def _error(row: dict[str, Any]) -> list[str]:
    return [f"{row['count']:,}", escaped(row["class"]), escaped(place_of(row)), escaped(row["message"])]


def escaped(text: str) -> str:
    """Foreign text as Markdown that shows it: no formatting, no HTML, no mentions, on one line, not too long."""
    text = clean(text)
    text = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    text = _LIST.sub("\u200b\\1", _ADDRESS.sub("\\g<0>\u200b", _REFERENCE.sub("\\1\u200b", text)))
    text = _SPECIAL.sub(r"\\\1", text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))
    return text.replace("\u200b", "&#8203;").replace("://&#8203;", "&#58;//")
