"""Hoverfly's simulations, version 5."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Mapping
from typing import Any

import orjson

from simulator.virtual.json_path import parse_path
from simulator.virtual.reading.literal import NotHonouredError, literal, literal_body, milliseconds, whole

_REQUEST = {"path", "method", "query", "headers", "body", "destination", "scheme", "requiresState", "deprecatedQuery"}
_RESPONSE = {"status", "body", "encodedBody", "headers", "templated", "transitionsState", "removesState", "fixedDelay",
             "logNormalDelay"}  # fmt: skip


def read_hoverfly(document: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """A simulation as a plain stub file; destinations are not looked at, a virtual service stands for one host."""
    refused: list[str] = []
    version = str((document.get("meta") or {}).get("schemaVersion", "?"))
    if not version.startswith("v5"):
        return {"service": "hoverfly", "stubs": []}, (f"schemaVersion {version}: only v5 is understood",)
    stubs = []
    destinations: set[str] = set()
    for at, pair in enumerate(document["data"]["pairs"], 1):
        try:
            stubs.append(_stub(pair, at, destinations))
        except NotHonouredError as error:
            refused.append(f"pair {at} is left out: {error}")
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            refused.append(f"pair {at} is left out: it is no pair of request and response ({error})")
    if len(destinations) > 1:
        refused.append(f"destinations {', '.join(sorted(destinations))} are all answered by this one service")
    actions = document["data"].get("globalActions") or {}
    refused += [f"globalActions.{name}" for name, value in actions.items() if value]
    return {"service": "hoverfly", "match": "best", "stubs": stubs}, tuple(refused)


def _stub(pair: Mapping[str, Any], at: int, destinations: set[str]) -> dict[str, Any]:
    request, response = pair.get("request") or {}, pair.get("response") or {}
    for part, known, given in (("request", _REQUEST, request), ("response", _RESPONSE, response)):
        for key, value in given.items():
            if key not in known and value:
                raise NotHonouredError(f"{part}.{key}")
    destinations |= {str(matcher.get("value")) for matcher in request.get("destination") or ()}
    if response.get("templated"):
        raise NotHonouredError("response.templated")
    stub: dict[str, Any] = {"name": f"pair {at}", "request": _request(request), "answer": _answer(response)}
    latency = _latency(response)
    if latency is not None:
        stub["latency"] = latency
    scenario = _scenario(request, response)
    if scenario is not None:
        stub["scenario"] = scenario
    return stub


def _request(request: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if request.get("method"):
        rule = _rule(request["method"], "request.method")
        if set(rule) != {"equals"}:
            raise NotHonouredError("request.method with a pattern")
        made["method"] = rule["equals"]
    if request.get("path"):
        rule = _rule(request["path"], "request.path")
        if set(rule) == {"equals"}:
            made["path"] = {"matches": re.escape(rule["equals"])}
        elif set(rule) == {"matches"}:
            made["path"] = {"matches": rule["matches"][1:-1]}
        else:
            raise NotHonouredError("request.path")
    for name in ("query", "headers"):
        if request.get(name):
            made[name] = {key: _rule(value, f"request.{name}.{key}") for key, value in request[name].items()}
    if request.get("body"):
        made |= _body(request["body"])
    return made


def _rule(matchers: Any, at: str) -> dict[str, Any]:
    if not isinstance(matchers, list) or len(matchers) != 1:
        raise NotHonouredError(f"{at}: several matchers")
    kind, value = matchers[0]["matcher"], matchers[0]["value"]
    if set(matchers[0]) - {"matcher", "value"}:
        raise NotHonouredError(f"{at}: {', '.join(sorted(set(matchers[0]) - {'matcher', 'value'}))}")
    if kind == "exact":
        return literal(str(value))
    if kind == "glob":
        return {"matches": whole(".*".join(map(re.escape, str(value).split("*"))))}
    if kind == "regex":
        whole(str(value))
        return {"matches": str(value)} if "path" not in at else {"matches": f"^{value}$"}
    raise NotHonouredError(f"{at}: matcher {kind!r}")


def _body(matchers: Any) -> dict[str, Any]:
    kind = matchers[0]["matcher"] if len(matchers) == 1 else ""
    value = str(matchers[0]["value"]) if kind else ""
    if kind == "json":
        return {"json": {"equals": orjson.loads(value)}}
    if kind == "jsonPartial":
        return {"json": _leaves(orjson.loads(value))}
    if kind == "jsonpath":
        try:
            parse_path(value)
        except ValueError as error:
            raise NotHonouredError(f"request.body: jsonpath {value!r}") from error
        return {"json_path": {value: {"present": True}}}
    return {"body": _rule(matchers, "request.body")}


def _leaves(value: Any) -> Any:
    if isinstance(value, dict) and value:
        return {key: _leaves(inner) for key, inner in value.items()}
    return {"equals": value}


def _answer(response: Mapping[str, Any]) -> dict[str, Any]:
    body = str(response.get("body") or "")
    made: dict[str, Any] = {"status": int(response.get("status", 200))}
    headers = {name: ", ".join(values) for name, values in (response.get("headers") or {}).items()
               if name.lower() not in ("content-length", "transfer-encoding", "connection")}  # fmt: skip
    if headers:
        made["headers"] = headers
    return made | (literal_body(b64decode(body) if response.get("encodedBody") else body.encode()) if body else {})


def _latency(response: Mapping[str, Any]) -> Any:
    if response.get("logNormalDelay"):
        delay = response["logNormalDelay"]
        if delay.get("min") or delay.get("max"):
            raise NotHonouredError("response.logNormalDelay with min or max")
        median, mean = float(delay["median"]), float(delay["mean"])
        # mean = median * exp(sigma² / 2), so the 95th percentile follows from both
        sigma = (2 * max(0.0, _log(mean / median))) ** 0.5
        return {
            "lognormal": {"median": milliseconds(median), "p95": milliseconds(median * 2.718281828 ** (1.645 * sigma))}
        }
    return milliseconds(response["fixedDelay"]) if response.get("fixedDelay") else None


def _log(value: float) -> float:
    from math import log

    return log(value)


def _scenario(request: Mapping[str, Any], response: Mapping[str, Any]) -> dict[str, str] | None:
    """Hoverfly's key-value state, as far as it is a single key."""
    if response.get("removesState"):
        raise NotHonouredError("response.removesState")
    required, moves = request.get("requiresState") or {}, response.get("transitionsState") or {}
    names = {*required, *moves}
    if not names:
        return None
    if len(names) > 1:
        raise NotHonouredError(f"state of several keys: {', '.join(sorted(names))}")
    [name] = names
    made = {"name": name}
    if name in required:
        made["when"] = str(required[name])
    if name in moves:
        made["then"] = str(moves[name])
    return made
