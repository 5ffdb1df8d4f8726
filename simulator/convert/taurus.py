"""The pass/fail criteria of a Taurus configuration.

Taurus says when a test fails, a threshold what must hold; so each comparison is turned round.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from simulator.convert.limits import Limit, seconds

_CRITERION = re.compile(
    r"(?P<subject>[\w?-]+)(?:\s+of\s+(?P<label>[^><=]+?))?\s*(?P<sign><=|>=|=|<|>)\s*(?P<value>[\d.]+)\s*(?P<unit>%|ms|s|m)?"
    r"(?:\s+(?P<how>for|within|over|during)\s+(?P<window>[\d.]+\s*(?:ms|s|m|h)))?"
    r"(?:,?\s+(?P<action>stop|continue)(?:\s+as\s+(?P<outcome>[\w-]+))?)?\s*",
    re.IGNORECASE,
)
_OPPOSITE = {">": "<=", ">=": "<", "<": ">=", "<=": ">"}
_TIMES = {"avg-rt": "mean", "avg-resp-time": "mean", "stdev-rt": "stdev"}


def limits_of_taurus(text: str) -> tuple[list[Limit], list[str]]:
    """The limits of a configuration's `passfail` modules, and in words what has no counterpart.

    Raises:
        ValueError: it is no YAML, or has no criteria.
    """
    try:
        document = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        raise ValueError(f"it is no YAML: {error}") from error
    limits, left_out = [], []
    criteria = list(_criteria(document))
    if not criteria:
        raise ValueError("there is no `reporting` with a module `passfail` and `criteria` in it")
    for criterion in criteria:
        made = _limit(criterion)
        if isinstance(made, Limit):
            limits.append(made)
        else:
            left_out.append(f"{criterion}: {made}")
    return limits, left_out


def _criteria(document: Any) -> Iterator[str]:
    """Every criterion as the short text; those of a mapping without their own messages."""
    reporting = document.get("reporting") if isinstance(document, Mapping) else None
    for module in reporting if isinstance(reporting, list) else ():
        given = module.get("criteria") if isinstance(module, Mapping) and module.get("module") == "passfail" else None
        for each in given.values() if isinstance(given, Mapping) else given or ():
            yield _spoken(each) if isinstance(each, Mapping) else str(each)


def _spoken(given: Mapping[str, Any]) -> str:
    """A criterion of single settings as the short text."""
    label = f" of {given['label']}" if given.get("label") else ""
    window = f" {given.get('logic') or 'for'} {given['timeframe']}" if given.get("timeframe") else ""
    stop = "stop" if given.get("stop", True) else "continue"
    outcome = "failed" if given.get("fail", True) else "non-failed"
    return f"{given.get('subject')}{label}{given.get('condition')}{given.get('threshold')}{window}, {stop} as {outcome}"


def _limit(text: str) -> Limit | str:
    read = _CRITERION.fullmatch(text.strip())
    if read is None:
        return "it cannot be read"
    if read["sign"] == "=":
        return "a threshold knows no equality"
    require = _require(read["subject"].lower(), _OPPOSITE[read["sign"]], float(read["value"]), read["unit"] or "")
    if require is None:
        return f"{read['subject']} in this unit has no counterpart"
    window = f" for every {read['window']}" if read["window"] else ""
    scope = (("request", read["label"].strip().strip("'\"")),) if read["label"] else ()
    stops = (read["action"] or "stop").lower() == "stop"
    warns = (read["outcome"] or "failed").lower() == "non-failed"
    return Limit(require + window, scope, "true" if stops and not warns and not window else "", warns)


def _require(subject: str, operator: str, value: float, unit: str) -> str | None:
    percentile = re.fullmatch(r"p(\d+(?:\.\d+)?)", subject)
    told = f"p{percentile[1]}" if percentile else _TIMES.get(subject)
    if told and unit in ("", "ms", "s", "m"):
        factor = {"": 1000, "ms": 1, "s": 1000, "m": 60_000}[unit]
        return f"response_time {told} {operator} {seconds(value * factor)}"
    if subject in ("fail", "failures") and unit == "%":
        return f"error_rate {operator} {value:g}%"
    if subject in ("succ", "success") and unit == "%":
        turned = operator.replace(">", "\0").replace("<", ">").replace("\0", "<")
        return f"error_rate {turned} {100 - value:.10g}%"
    if subject in ("hits", "throughput") and not unit:
        return f"throughput {operator} {value:g}/s"
    status = re.fullmatch(r"rc([1-5?][\dx?]{2})", subject)
    if status and unit == "%" and status[1][0] in "45":
        return f"status {status[1].replace('?', 'x')} {operator} {value:g}%"
    return None
