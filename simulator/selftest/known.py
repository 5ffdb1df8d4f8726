"""What is known of a selftest, beside what the run measured."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulator.selftest.seen import Seen

FROZEN_S, ARRIVALS_PER_S, STALL_PHASES = 2.0, 50, ("before", "stall")
ARRIVALS = 8 * ARRIVALS_PER_S
CLASSES = {"503": "http 503", "reset": "reset", "hang": "timeout"}
OF_TIMES, SLACK_S = 0.01, 0.003
OF_PAGES, PAGE_SLACK_S = 0.05, 0.03


@dataclass(frozen=True)
class Row:
    """One number that is known, and what was measured of it.

    Attributes:
        what: in words.
        known: from the server's own log, or from arithmetic.
        measured: by the run; `None` when it has none.
        unit: `s`, `/s`, or empty text for a count.
        slack: how far apart they may lie.
    """

    what: str
    known: float
    measured: float | None
    unit: str
    slack: float = 0.0

    @property
    def good(self) -> bool:
        """Whether they agree."""
        return self.measured is not None and abs(self.measured - self.known) <= self.slack + 1e-9


def compared(log: Sequence[Seen], document: Mapping[str, Any]) -> list[Row]:
    """Everything that is known of the yardstick's API users beside what `run.json` says of them."""
    return [*_counts(log, document), *_times(log, document), *_errors(log, document), *_stall(document)]


def compared_pages(log: Sequence[Seen], document: Mapping[str, Any]) -> list[Row]:
    """Likewise of its browser users."""
    pages = sorted(each.took_s for each in log if each.place == "page")
    look = _row(document, level="operation", step="look")
    [ttfb] = [row for row in document["vitals"] if row["metric"] == "ttfb"] or [{}]
    known_s = rank(pages, 0.5)
    slack_s = OF_PAGES * known_s + PAGE_SLACK_S
    return [
        _count("pages that browsers opened", len(pages), [look] if look else []),
        Row("time to the first byte of a page, p50", known_s, ttfb.get("p50"), "s", slack_s),
        Row("step with such a page, p50", known_s, look.get("p50_s"), "s", slack_s + 0.2),
    ]


def closed_loop_p99(document: Mapping[str, Any]) -> float | None:
    """What users that wait for each answer saw of the stall, in seconds."""
    p99_s: float | None = _row(document, level="operation", name="GET /patient").get("p99_s")
    return p99_s


def rank(ordered: Sequence[float], q: float) -> float:
    """The nearest-rank percentile of values in order; 0 without any."""
    return ordered[max(0, math.ceil(q * len(ordered)) - 1)] if ordered else 0.0


def _counts(log: Sequence[Seen], document: Mapping[str, Any]) -> list[Row]:
    asked = sum(each.place == "drawn" for each in log)
    lasted_s = next(phase["end_s"] - phase["start_s"] for phase in document["phases"] if phase["name"] == "known")
    in_phase = _row(document, phase="known", level="operation", name="GET /drawn")
    everything = [row for row in document["series"] if row["level"] == "operation" and row["user"] and not row["phase"]]
    return [
        _count("requests of API users", _api(log), [row for row in everything if row["kind"] == "http"]),
        _count("… of them with drawn times", asked, [row for row in everything if row["name"] == "GET /drawn"]),
        Row("their rate", asked / lasted_s, in_phase.get("rate_per_s"), "/s", 0.02 * asked / lasted_s),
    ]


def _count(what: str, known: int, rows: Sequence[Mapping[str, Any]]) -> Row:
    """A request that was cut off at the end of the run may have reached the server or not."""
    return Row(what, known, sum(row["count"] for row in rows), "", sum(row["cut_off"] for row in rows))


def _times(log: Sequence[Seen], document: Mapping[str, Any]) -> list[Row]:
    ordered = sorted(each.took_s for each in log if each.place == "drawn" and each.ending == "200")
    drawn = _row(document, level="operation", name="GET /drawn")
    return [
        Row(
            f"response time {name}",
            rank(ordered, q),
            drawn.get(f"{name}_s"),
            "s",
            OF_TIMES * rank(ordered, q) + SLACK_S,
        )
        for name, q in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
    ]


def _errors(log: Sequence[Seen], document: Mapping[str, Any]) -> list[Row]:
    rows = []
    for ending, error_class in CLASSES.items():
        known = sum(each.ending == ending for each in log)
        found = [
            row["count"] for row in document["errors"] if row["class"] == error_class and row["name"] == "GET /faults"
        ]
        rows.append(Row(f"errors: {error_class}", known, sum(found), ""))
    return rows


def _stall(document: Mapping[str, Any]) -> list[Row]:
    """Arrivals come every 20 ms; those that fall into the stall wait for what is left of it. Nothing else is slow."""
    caught = round(FROZEN_S * ARRIVALS_PER_S)
    truth = sorted([FROZEN_S * (n + 0.5) / caught for n in range(caught)] + [0.0] * (ARRIVALS - caught))
    arrive = _row(document, level="operation", name="GET /arrive")
    slack_s = OF_TIMES * FROZEN_S + 1 / ARRIVALS_PER_S
    return [
        Row("arrivals around a stall of two seconds", ARRIVALS, arrive.get("count", 0), "", 1),
        *(
            Row(f"… their response time {name}", rank(truth, q), arrive.get(f"{name}_s"), "s", slack_s)
            for name, q in (("p95", 0.95), ("p99", 0.99))
        ),
    ]


def _api(log: Sequence[Seen]) -> int:
    return sum(each.place not in ("page", "favicon.ico") for each in log)


def _row(document: Mapping[str, Any], *, phase: str | None = None, **wanted: str) -> Mapping[str, Any]:
    """The first series like this; empty when there is none."""
    for row in document["series"]:
        if row["phase"] == phase and all(row[name] == value for name, value in wanted.items()):
            return dict(row)
    return {}
