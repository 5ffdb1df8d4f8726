"""What to do next: recommendations that follow from findings by stated rules, each naming the finding it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from simulator.record.source import NO_SERVICES
from simulator.report.troubles import place_of, troubles
from simulator.report.wording import threshold_name
from simulator.units import show

Document = Mapping[str, Any]
MOST = 6
CARRIES = 0.5
"""An error that makes half of all failures is worth looking at before the others."""
BUSY_CORE = 0.9
"""A process that uses so much of one core, for 95% of the time, may well be waiting for it."""


@dataclass(frozen=True)
class Recommendation:
    """One thing to do.

    Attributes:
        text: what.
        finding: what it follows from.
    """

    text: str
    finding: str


def recommendations(document: Document) -> list[Recommendation]:
    """What follows from a run's findings, the weightiest first; nothing when there is nothing to do."""
    found = [one for rule in RULES for one in rule(document)]
    return list(dict.fromkeys(found))[:MOST]


def _trust_first(document: Document) -> Iterator[Recommendation]:
    """A measurement that cannot be trusted is repeated before anything else is concluded from it."""
    for check in document["validity"]:
        if not check["ok"]:
            yield Recommendation("Repeat the run once this is mended; its numbers say nothing yet", check["reason"])


def _main_error(document: Document) -> Iterator[Recommendation]:
    """The kind of failure that makes most of them."""
    errors = troubles(document)
    total = sum(row["count"] for row in errors)
    if not errors or not any(_is_broken(row) for row in document["thresholds"]):
        return
    row = max(errors, key=lambda one: one["count"])
    if row["count"] >= CARRIES * total:
        share = f"{row['count']:,} of {total:,} failures are {row['class']}"
        phases = [name for name, count in row["phases"].items() if name and count]
        only = f", all in phase {phases[0]}" if len(phases) == 1 and len(document["phases"]) > 1 else ""
        yield Recommendation(f"Look at {place_of(row)} first", f"{share} there{only}")


def _regression(document: Document) -> Iterator[Recommendation]:
    """What became worse since the last builds, and what carries it."""
    change = document.get("change") or {}
    for row in change.get("worse", ())[:2]:
        carried = f"; {row['explained'][0]}" if row["explained"] else ""
        yield Recommendation(
            f"Look at what changed in {row['title']} since {change['base']}", f"{row['text']}{carried}"
        )


def _busy_service(document: Document) -> Iterator[Recommendation]:
    """A service that had no processor left while a time limit was broken."""
    slow = [row for row in document["thresholds"] if row["unit"] == "s" and _is_broken(row)]
    for row in document["readings"]:
        is_service = row["source"] not in NO_SERVICES and not row["source"].startswith("worker ")
        if slow and is_service and row["metric"] == "cpu" and (row["p95"] or 0.0) >= BUSY_CORE:
            used = f"its CPU was at {show(row['p95'], 'share')} of a core (p95)"
            yield Recommendation(
                f"Profile {row['source']}, or give it more CPU", f"{used} while {_named(slow[0])} broke"
            )


def _knee(document: Document) -> Iterator[Recommendation]:
    """A load above which something takes longer, while a time limit was broken."""
    slow = any(row["unit"] == "s" and _is_broken(row) for row in document["thresholds"])
    rises = [row for row in document.get("correlations") or () if row["after"] > row["before"]]
    if slow and rises:
        where = rises[0]["with"] or rises[0]["step"] or rises[0]["title"]
        load = f"{show(round(rises[0]['above'], 1), '')} {rises[0]['load']}"
        yield Recommendation(f"Look at what {where} waits for above {load}", rises[0]["text"])


def _dropped(document: Document) -> Iterator[Recommendation]:
    """Arrivals that nobody could take because the target held all users up."""
    dropped = document["series"][0]["dropped"]
    if dropped:
        told = f"{dropped:,} arrivals were dropped: every user that may live was held up by the target"
        yield Recommendation("Find the highest rate that the target carries with `simulator capacity`", told)


def _undecided(document: Document) -> Iterator[Recommendation]:
    """Thresholds that need more samples."""
    rows = [row for row in document["thresholds"] if row["result"] == "inconclusive"]
    if rows:
        more = f"{len(rows)} thresholds are undecided, such as" if len(rows) > 1 else "undecided:"
        yield Recommendation("Measure longer, or at a higher rate", f"{more} {_named(rows[0])}: {rows[0]['reason']}")


def _no_data(document: Document) -> Iterator[Recommendation]:
    """Thresholds that nothing was measured for."""
    rows = [row for row in document["thresholds"] if row["result"] == "no data"]
    if rows:
        yield Recommendation("Run what the thresholds are about, or take them out", f"no data for {_named(rows[0])}")


def _no_limits(document: Document) -> Iterator[Recommendation]:
    """A run that nothing was asked of."""
    if not document["thresholds"] and document["series"][0]["count"]:
        yield Recommendation(
            f"Write limits that this run keeps: `simulator thresholds propose {document['run']}`",
            "no thresholds were given, so nothing was judged",
        )


RULES = (
    _trust_first, _main_error, _regression, _busy_service, _knee, _dropped, _no_data, _undecided, _no_limits,
)  # fmt: skip


def _is_broken(row: Mapping[str, Any]) -> bool:
    return "fail" in (row["result"], row["leaning"])


def _named(row: Mapping[str, Any]) -> str:
    return threshold_name(row)
