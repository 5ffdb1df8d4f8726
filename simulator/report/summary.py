"""The executive summary of a run: what a reader who has one minute needs, in the same words in every format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulator.report.advice import Recommendation, recommendations
from simulator.report.wording import VERDICTS, threshold_name
from simulator.units import show, show_share

Document = Mapping[str, Any]
MOST_CRITICAL = 3


@dataclass(frozen=True)
class Summary:
    """A run in one minute.

    Attributes:
        headline: the verdict and how sure it is.
        facts: name and value of what was done: journeys, pass rate, time.
        critical: what failed the run, the weightiest first.
        change: what changed since the last builds; `None` when there is nothing to compare with.
        correlations: what rises with the load or moves with something else.
        not_tested: what was planned and never happened.
        recommendations: what to do next.
    """

    headline: str
    facts: Sequence[tuple[str, str]]
    critical: Sequence[str]
    change: str | None
    correlations: Sequence[str]
    not_tested: Sequence[str]
    recommendations: Sequence[Recommendation]


def summary_of(document: Document) -> Summary:
    """The summary, from what `run.json` holds alone."""
    change = document.get("change")
    return Summary(
        headline=_headline(document),
        facts=tuple(_facts(document)),
        critical=tuple(_critical(document)),
        change=change["text"] if change else None,
        correlations=tuple(str(row["text"]) for row in document.get("correlations") or ()),
        not_tested=tuple(not_tested(document)),
        recommendations=tuple(recommendations(document)),
    )


def not_tested(document: Document) -> Iterator[str]:
    """What was planned and never happened, so that nobody takes silence for success."""
    ran = {(row["user"], row["journey"]) for row in document["series"] if row["level"] == "journey" and row["count"]}
    for journey in document["journeys"]:
        if (journey["user"], journey["name"]) not in ran:
            yield f"journey {journey['name']} of {journey['user']} never came to its end"
    for outcome in document.get("outcomes") or ():
        if outcome["result"] == "skipped":
            yield f"{outcome['item']} was skipped: {outcome['reason']}"
    if document["ended"] not in ("finished", "killed"):
        yield f"the run did not come to its planned end: {document['ended']}"


def _headline(document: Document) -> str:
    word = VERDICTS[document["verdict"]].capitalize()
    rows = [row for row in document["thresholds"] if row["severity"] == "fail"]
    if document["verdict"] == "invalid":
        return f"{word}: nothing can be concluded from this measurement"
    if not rows:
        return f"{word}: no thresholds were given, so nothing was judged"
    broken = sum(row["result"] == "fail" or row["leaning"] == "fail" for row in rows)
    decided = sum(row["result"] in ("pass", "fail") for row in rows)
    kept = f"{broken} of {len(rows)} limits are broken" if broken else f"all {len(rows)} limits are kept"
    if decided == len(rows):
        return f"{word}: {kept}, every one decided with 95% confidence"
    return f"{word}: {kept}, {decided} of {len(rows)} decided with 95% confidence, the others lean"


def _facts(document: Document) -> Iterator[tuple[str, str]]:
    total = document["series"][0]
    journeys = [row for row in document["series"] if row["level"] == "journey" and row["phase"] is None]
    count, failed = sum(row["count"] for row in journeys), sum(row["errors"] for row in journeys)
    if count:
        yield "journeys", f"{count:,}"
        yield "of them succeeded", show_share((count - failed) / count)
    yield "operations", f"{total['count']:,} at {show(total['rate_per_s'], 'per_s')}"
    yield "measured for", f"{show(document['measured_s'], 's')} of {show(document['duration_s'], 's')}"
    rows = document["thresholds"]
    if rows:
        warnings = sum(row["severity"] == "warn" for row in rows)
        beside = f", {warnings} of which only warn" if warnings else ""  # the headline counts the others
        yield "limits kept", f"{sum(row['result'] == 'pass' for row in rows)} of {len(rows)}{beside}"


def _critical(document: Document) -> Iterator[str]:
    for row in [row for row in document["thresholds"] if row["severity"] == "fail" and _is_broken(row)][:MOST_CRITICAL]:
        yield f"{threshold_name(row)}: {row['reason']}"


def _is_broken(row: Mapping[str, Any]) -> bool:
    return row["result"] in ("fail", "no data") or row["leaning"] == "fail"
