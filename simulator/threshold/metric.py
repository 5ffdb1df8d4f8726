"""What can be limited: one table, from which parser, judge, error messages and documentation are fed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from simulator import units

Level = Literal["operation", "step", "journey", "vital", "gauge", "contract"]

SPREAD = ("mean", "min", "max", "stdev")
AGGREGATES = ("p50", "p75", "p90", "p95", "p99", "p99.9", "p99.99", *SPREAD, "count", "rate")
SCOPES = ("journey", "step", "request", "user", "kind", "tag", "phase", "service")
_PERCENTILE = re.compile(r"p([0-9]{1,2}(?:\.[0-9]{1,2})?)")
_PERCENT = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*%")


@dataclass(frozen=True)
class Metric:
    """One thing that can be limited.

    Attributes:
        name: the word in threshold files.
        level: where its samples come from.
        unit: of its single values (a key of `units.SHOW`); `None` when there are no single values, so no percentiles.
        count: unit of its `count`, or `None` when it cannot be counted.
        rate: unit of its `rate`, or `None` when it has none.
        default: aggregates that are meant when none is written; the first whose unit fits the value.
        meaning: one sentence for the documentation.
    """

    name: str
    level: Level
    unit: str | None
    count: str | None
    rate: str | None
    default: tuple[str, ...]
    meaning: str

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes that can narrow it down."""
        return _SCOPES_OF[self.level]

    @property
    def aggregates(self) -> tuple[str, ...]:
        """The aggregates it has, for messages; percentiles stand for all from p1 to p99.99."""
        single = AGGREGATES[:-2] if self.unit is not None and self.name != "bytes" else ()
        counted = [name for name, unit in (("count", self.count), ("rate", self.rate)) if unit is not None]
        return (*single, *(("mean",) if self.name == "bytes" else ()), *counted)

    def unit_of(self, aggregate: str) -> str | None:
        """The unit of one of its aggregates; `None` when it has no such aggregate."""
        if aggregate == "count":
            return self.count
        if aggregate == "rate":
            return self.rate
        known = aggregate in self.aggregates or ("p95" in self.aggregates and quantile_of(aggregate) is not None)
        return self.unit if known else None


_SCOPES_OF: dict[Level, tuple[str, ...]] = {
    "operation": ("journey", "step", "request", "user", "kind", "tag", "phase"),
    "step": ("journey", "step", "user", "kind", "tag", "phase"),
    "journey": ("journey", "user", "tag", "phase"),
    "vital": ("journey", "user", "kind", "tag", "phase"),
    "gauge": ("service", "phase"),
    "contract": ("journey", "step", "request", "user", "kind", "tag", "phase"),
}

_TABLE = (
    Metric("response_time", "operation", "s", "", "per_s", (), "from the planned start of an operation to its end"),
    Metric("service_time", "operation", "s", "", "per_s", (), "from the real start of an operation to its end"),
    Metric("wait_time", "operation", "s", "", "per_s", (), "how long an operation was late before it was started"),
    Metric("step_time", "step", "s", "", "per_s", (), "how long a step took"),
    Metric("journey_time", "journey", "s", "", "per_s", (), "how long a journey took"),
    Metric("error_rate", "operation", None, "", "share", ("rate",), "failed operations among all"),
    Metric("journey_error_rate", "journey", None, "", "share", ("rate",), "failed journeys among all"),
    Metric("throughput", "operation", None, "", "per_s", ("rate",), "operations that ended, per second"),
    Metric("journeys", "journey", None, "", "per_s", ("rate", "count"), "journeys that ended, per second or in all"),
    Metric("status", "operation", None, "", "share", ("rate", "count"), "operations that failed with this HTTP status"),
    Metric("contract_violations", "contract", None, "", "share", ("rate", "count"), "answers that broke a contract"),
    Metric("bytes", "operation", "bytes", "bytes", None, ("mean",), "bytes received, for each operation or in all"),
    Metric("lcp", "vital", "s", "", None, ("p75",), "largest contentful paint of a page"),
    Metric("inp", "vital", "s", "", None, ("p75",), "interaction to next paint of a page"),
    Metric("cls", "vital", "", "", None, ("p75",), "cumulative layout shift of a page, a plain number"),
    Metric("fcp", "vital", "s", "", None, ("p75",), "first contentful paint of a page"),
    Metric("ttfb", "vital", "s", "", None, ("p75",), "time to the first byte of a page"),
    Metric("load", "vital", "s", "", None, ("p75",), "how long a navigation took until the page's load event"),
    Metric("tbt", "vital", "s", "", None, ("p75",), "total blocking time: what long tasks of a page had beyond 50 ms"),
    Metric("long_tasks", "vital", "", "", None, ("p75",), "tasks of a page that took over 50 ms, a plain number"),
    Metric("page_errors", "vital", "", "", None, ("max",), "uncaught errors of one page view, a plain number"),
    Metric("console_errors", "vital", "", "", None, ("max",), "errors in the console of one page view, a plain number"),
    Metric("cpu", "gauge", "share", "", None, ("mean",), "CPU of a service or the load generator; 100% is one core"),
    Metric("memory", "gauge", "bytes", "", None, ("max",), "memory of a service or of the load generator"),
    Metric("reading", "gauge", "", "", None, ("mean",), "what a service's `metrics` tell, by name, a plain number"),
)

METRICS = {metric.name: metric for metric in _TABLE}
"""Every metric by its name."""


def quantile_of(aggregate: str) -> float | None:
    """The quantile (0 to 1) of an aggregate like `p95` or `p99.9`; `None` when it is no percentile."""
    match = _PERCENTILE.fullmatch(aggregate)
    if match is None or float(match[1]) < 1:
        return None
    return round(float(match[1]) / 100, 9)


def _parse_percent(text: str) -> float:
    match = _PERCENT.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a percentage; write it like 1%")
    return float(match[1]) / 100


PARSE: dict[str, Callable[[str], float]] = {
    "s": units.parse_duration,
    "share": _parse_percent,
    "per_s": units.parse_rate,
    "bytes": units.parse_size,
    "": units.parse_number,
}
"""How a value of each unit is read."""

CALLED = {
    "s": ("a duration", "800 ms"),
    "share": ("a percentage", "1%"),
    "per_s": ("a rate", "15/s"),
    "bytes": ("a size", "600 MB"),
    "": ("a plain number", "0.1"),
}
"""What a value of each unit is called, and how one is written."""
