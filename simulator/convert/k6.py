"""The thresholds of a k6 script, or of a k6 configuration in JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from simulator.convert.limits import Limit, seconds

_TIMES = {"http_req_duration": "response_time", "iteration_duration": "journey_time", "group_duration": "step_time"}
_SHARES = {"http_req_failed": "error_rate", "checks": "error_rate"}
_COUNTS = {"http_reqs": "throughput", "iterations": "journeys"}
_VITALS = {f"browser_web_vital_{name}": name for name in ("lcp", "inp", "cls", "fcp", "ttfb")}
_SCOPES = {"name": "request", "group": "step", "scenario": "journey", "url": "request"}
_METRIC = re.compile(r"(\w+)(?:\{(.*)\})?")
_EXPRESSION = re.compile(r"\s*(p\((\d+(?:\.\d+)?)\)|\w+)\s*(<=|>=|===|==|<|>)\s*(\d+(?:\.\d+)?)\s*")
_AGGREGATES = {"avg": "mean", "med": "p50", "min": "min", "max": "max"}
_TOKEN = re.compile(
    r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`|[A-Za-z_$][\w$]*|-?\d+(?:\.\d+)?|[{}\[\]:,]|\s+|.""",
    re.DOTALL,
)


def limits_of_k6(text: str) -> tuple[list[Limit], list[str]]:
    """The limits of a script's `options.thresholds`, and in words what has no counterpart.

    Raises:
        ValueError: there are no thresholds in it, or they are computed.
    """
    limits, left_out = [], []
    for metric, given in _thresholds(text).items():
        for each in given if isinstance(given, list) else [given]:
            made = _limit(metric, each)
            if isinstance(made, Limit):
                limits.append(made)
            else:
                left_out.append(f"{metric}: {each if isinstance(each, str) else each.get('threshold')}: {made}")
    return limits, left_out


def _limit(name: str, given: Any) -> Limit | str:
    expression = given if isinstance(given, str) else str(given.get("threshold", ""))
    metric, read = _METRIC.fullmatch(name.strip()), _EXPRESSION.fullmatch(expression)
    if metric is None or read is None:
        return "it cannot be read"
    aggregate, percentile, operator, value = read.groups()
    require = _require(metric[1], aggregate, percentile, operator, float(value))
    scope = _scope(metric[2] or "")
    if isinstance(scope, str) or require is None:
        return scope if isinstance(scope, str) else f"{metric[1]} has no counterpart for it"
    return Limit(require, scope, _abort(given) if isinstance(given, Mapping) else "")


def _require(metric: str, aggregate: str, percentile: str | None, operator: str, value: float) -> str | None:
    if operator in ("==", "==="):
        return None
    told = f"p{percentile}" if percentile else _AGGREGATES.get(aggregate)
    if metric in _TIMES and told:
        return f"{_TIMES[metric]} {told} {operator} {seconds(value)}"
    if metric in _VITALS and told:
        return f"{_VITALS[metric]} {told} {operator} {f'{value:g}' if metric.endswith('cls') else seconds(value)}"
    if metric == "http_req_failed" and aggregate == "rate":
        return f"error_rate {operator} {100 * value:g}%"
    if metric == "checks" and aggregate == "rate" and operator in (">", ">="):
        return f"error_rate {operator.replace('>', '<')} {100 * (1 - value):.10g}%"
    if metric in _COUNTS and aggregate == "rate":
        return f"{_COUNTS[metric]} {operator} {value:g}/s"
    if metric == "iterations" and aggregate == "count":
        return f"journeys {operator} {value:g}"
    return None


def _scope(tags: str) -> tuple[tuple[str, str], ...] | str:
    scope = []
    for tag in filter(None, (part.strip() for part in tags.split(","))):
        key, _, value = tag.partition(":")
        if key == "expected_response":
            continue  # our times are of successful operations anyway
        if key == "status":
            return "a status is limited by the metric `status`, not by a tag"
        if key not in _SCOPES:
            return f"the tag {key!r} has no counterpart"
        scope.append((_SCOPES[key], value.strip().removeprefix("::")))
    return tuple(scope)


def _abort(given: Mapping[str, Any]) -> str:
    if not given.get("abortOnFail"):
        return ""
    delay = str(given.get("delayAbortEval") or "")
    return f"after {delay}" if re.fullmatch(r"\d+(\.\d+)?(ms|s|m|h)", delay) else "true"


def _thresholds(text: str) -> Mapping[str, Any]:
    try:
        document = orjson.loads(text)
        found = document.get("thresholds", (document.get("options") or {}).get("thresholds"))
    except (orjson.JSONDecodeError, AttributeError):
        at = re.search(r"\bthresholds[\"']?\s*:\s*(?=\{)", text)
        found = _object(text[at.end() :]) if at else None
    if not isinstance(found, dict):
        raise ValueError("there is no `thresholds: {…}` in it")
    return found


def _object(text: str) -> Any:
    """The value of the object literal that a text begins with.

    Raises:
        ValueError: it holds more than literals.
    """
    try:
        return orjson.loads("".join(_json_tokens(text)))
    except orjson.JSONDecodeError as error:
        raise ValueError(f"its thresholds are computed, or no object of literals: {error}") from error


def _json_tokens(text: str) -> Iterator[str]:
    """JavaScript's tokens as JSON's, until the first object ends."""
    depth, comma = 0, False
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token.isspace() or token.startswith(("//", "/*")):
            continue
        if token == ",":
            comma = True
            continue
        if comma and token not in "}]":
            yield ","
        comma = False
        depth += (token in "{[") - (token in "}]")
        yield _as_json(token)
        if depth == 0:
            return


def _as_json(token: str) -> str:
    if token[0] in "'`":
        return orjson.dumps(token[1:-1].replace("\\'", "'")).decode()
    if token[0].isalpha() and token not in ("true", "false", "null"):
        return orjson.dumps(token).decode()
    return token
