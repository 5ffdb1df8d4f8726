"""From a threshold to the place in the run that explains it: the series, the moment, the errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from simulator.record.sample import SeriesKey
from simulator.record.source import GENERATOR
from simulator.report.bins import Bin, Bins
from simulator.report.run import Run
from simulator.threshold.limit import Limit, LimitError, parse_limit

_PARTS = {"user": "user", "journey": "journey", "step": "step", "request": "name", "kind": "kind", "phase": "phase"}
_IN_ERRORS = ("user", "journey", "step", "request", "phase")


@dataclass(frozen=True)
class Highlight:
    """Where to look.

    Attributes:
        at_s: the second of the run at which it was worst; `None` when it holds so far, or nothing was measured.
        row: level, user, journey and step or name of the table row; `None` when it is about more than one.
        troubles: places in the list of errors, of those in its scope.
        word: what it was at that second.
        errors_behind: the value keeps its limit, and yet it failed: too many errors stand behind it.
    """

    at_s: float | None
    row: tuple[str, str, str, str] | None
    troubles: tuple[int, ...]
    word: str = "worst"
    errors_behind: bool = False


def highlight_of(row: Mapping[str, Any], run: Run, bins: Bins, troubles: Sequence[Mapping[str, Any]]) -> Highlight:
    """Where to look for the reason of a threshold's result.

    Args:
        row: a threshold of the document.
        run: the run.
        bins: the run in bins.
        troubles: the run's errors, as `troubles` gives them.
    """
    limit = limit_of(row)
    scope = dict(row["scope"])
    related = tuple(at for at, trouble in enumerate(troubles) if _is_in(trouble, scope, _IN_ERRORS, run))
    if limit is None or limit.level == "gauge":
        return Highlight(_gauge_moment(limit, scope, run), None, (), "highest" if limit else "ended")
    keys = [key for key in run.measurements.totals if key.level == limit.level and key.phase and _has(key, scope, run)]
    errors_behind = _keeps(row, limit)
    about_errors = limit.is_error_limit or limit.metric == "status" or errors_behind
    is_broken = row["result"] in ("fail", "no data") or row["leaning"] == "fail"
    at_s = _worst(bins, keys, limit, about_errors) if is_broken else None  # reading seconds is dear
    return Highlight(
        at_s, _row_of(keys, limit, scope), related if limit.level != "vital" else (), errors_behind=errors_behind
    )


def limit_of(row: Mapping[str, Any]) -> Limit | None:
    """The limit of a threshold, or `None` for a rule that is not written in the language of limits."""
    try:
        return parse_limit(row["text"])
    except LimitError:
        return None


def _keeps(row: Mapping[str, Any], limit: Limit) -> bool:
    """Whether the value is fine and yet the threshold failed: too many errors stand behind it."""
    if row["result"] != "fail" or limit.change is not None:
        return False
    return row["value"] is None or limit.holds(row["value"])


def _has(key: SeriesKey, scope: Mapping[str, str], run: Run) -> bool:
    measured = run.measurements.measured_phases()
    return ("phase" in scope or key.phase in measured) and _is_in(key._asdict(), scope, tuple(_PARTS), run)


def _is_in(parts: Mapping[str, Any], scope: Mapping[str, str], words: Sequence[str], run: Run) -> bool:
    for word in words:
        if word in scope and not _fits(scope[word], str(parts.get(_PARTS[word]) or "")):
            return False
    return "tag" not in scope or parts["journey"] in _tagged(scope["tag"], run)


def _tagged(patterns: str, run: Run) -> set[str]:
    return {j["name"] for j in run.document["journeys"] if any(_fits(patterns, tag) for tag in j["tags"])}


def _fits(patterns: str, name: str) -> bool:
    return patterns == name or any(fnmatchcase(name, pattern) for pattern in patterns.split(", "))


def _worst(bins: Bins, keys: Sequence[SeriesKey], limit: Limit, about_errors: bool) -> float | None:
    found = bins.of(keys)
    if not found or (about_errors and not any(one.errors for one in found.values())):
        return None

    def badness(at: int) -> float:
        return float(found[at].errors) if about_errors else _badness(found[at], limit)

    return float(max(found, key=badness) * bins.step_s)


def _badness(one: Bin, limit: Limit) -> float:
    value = one.ok.percentile(limit.quantile or 1.0) if limit.unit in ("s", "") else float(one.count)
    return -(value or 0.0) if limit.operator in (">", ">=") else value or 0.0


def _gauge_moment(limit: Limit | None, scope: Mapping[str, str], run: Run) -> float | None:
    if limit is None:
        deaths = [at_s for at_s, _, text in run.events if f"'{scope.get('service', '')}'" in text]
        return deaths[0] if deaths else None
    readings = run.measurements.readings(scope.get("service", GENERATOR), limit.metric)
    return max(readings, key=lambda reading: reading.value).at_s if readings else None


def _row_of(keys: Sequence[SeriesKey], limit: Limit, scope: Mapping[str, str]) -> tuple[str, str, str, str] | None:
    """The one step, operation or journey that all these series belong to."""
    if "request" in scope:
        found = {("operation", key.user, key.journey, key.name) for key in keys}
    elif "step" in scope:
        found = {("step", key.user, key.journey, key.step) for key in keys}
    else:
        found = {("journey", key.user, key.journey, "") for key in keys}
    return found.pop() if len(found) == 1 and limit.level != "vital" else None
