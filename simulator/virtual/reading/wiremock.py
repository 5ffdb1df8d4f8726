"""WireMock's stub mappings."""

from __future__ import annotations

import math
import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson

from simulator.virtual.json_path import parse_path
from simulator.virtual.reading.literal import (
    NotHonouredError,
    literal,
    literal_body,
    literal_json,
    milliseconds,
    whole,
)
from simulator.virtual.schema import check_schema

_COSMETIC = {"id", "uuid", "name", "persistent", "metadata", "insertionIndex", "request", "response", "priority",
             "scenarioName", "requiredScenarioState", "newScenarioState"}  # fmt: skip
_REQUEST = {"method", "url", "urlPath", "urlPattern", "urlPathPattern", "urlPathTemplate", "headers", "queryParameters",
            "bodyPatterns", "basicAuthCredentials", "basicAuth"}  # fmt: skip
_RESPONSE = {"status", "statusMessage", "body", "jsonBody", "base64Body", "bodyFileName", "headers",
             "fixedDelayMilliseconds", "delayDistribution", "fault", "transformers", "transformerParameters",
             "fromConfiguredStub"}  # fmt: skip
_FAULTS = {"EMPTY_RESPONSE": "empty", "CONNECTION_RESET_BY_PEER": "reset", "MALFORMED_RESPONSE_CHUNK": "truncated",
           "RANDOM_DATA_THEN_CLOSE": "truncated"}  # fmt: skip
_P95 = 1.6448536269514722


def read_wiremock(mappings: list[Any], bodies: Path) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Stub mappings as a plain stub file; the last of several that fit answers, as there.

    Args:
        mappings: in order of loading.
        bodies: the folder that `bodyFileName` counts from.
    """
    refused: list[str] = []
    plain: dict[str, Any] = {"service": "wiremock", "stubs": [], "behaviours": {}, "on": []}
    for at, mapping in enumerate(mappings, 1):
        try:
            _add(plain, mapping, at, bodies)
        except NotHonouredError as error:
            name = mapping.get("name") if isinstance(mapping, dict) else None
            refused.append(f"mapping {at}{f' ({name})' if name else ''} is left out: {error}")
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            refused.append(f"mapping {at} is left out: it is no stub mapping ({error})")
    plain["stubs"].reverse()
    return {key: value for key, value in plain.items() if value or key == "stubs"}, tuple(refused)


def _add(plain: dict[str, Any], mapping: Mapping[str, Any], at: int, bodies: Path) -> None:
    _known(mapping, _COSMETIC, "")
    name = f"{mapping.get('name') or 'mapping'} ({at})"
    response = mapping.get("response") or {}
    stub: dict[str, Any] = {"name": name, "request": _request(mapping.get("request") or {})}
    stub["answer"] = _answer(response, bodies)
    if "priority" in mapping:
        stub["priority"] = int(mapping["priority"])
    if mapping.get("scenarioName"):
        stub["scenario"] = _scenario(mapping)
    latency = _latency(response)
    if latency is not None:
        stub["latency"] = latency
    if response.get("fault"):
        if response["fault"] not in _FAULTS:
            raise NotHonouredError(f"response.fault {response['fault']!r}")
        plain["behaviours"][f"fault {at}"] = {"fault": _FAULTS[response["fault"]], "stubs": [name]}
        plain["on"].append(f"fault {at}")
    plain["stubs"].append(stub)


def _known(given: Mapping[str, Any], known: set[str], at: str) -> None:
    for key, value in given.items():
        if key not in known and value not in (None, [], {}):
            raise NotHonouredError(f"{at}{key}")


def _scenario(mapping: Mapping[str, Any]) -> dict[str, str]:
    def state(key: str) -> str:
        return "started" if mapping[key] == "Started" else str(mapping[key])

    found = {"name": str(mapping["scenarioName"])}
    if mapping.get("requiredScenarioState"):
        found["when"] = state("requiredScenarioState")
    if mapping.get("newScenarioState"):
        found["then"] = state("newScenarioState")
    return found


def _request(request: Mapping[str, Any]) -> dict[str, Any]:
    _known(request, _REQUEST, "request.")
    method = request.get("method", "ANY")
    if not isinstance(method, str) or not re.fullmatch("[A-Za-z]+", method):
        raise NotHonouredError(f"request.method {method!r}")
    made: dict[str, Any] = {"method": method.upper()}
    path = _path(request)
    if path is not None:
        made["path"] = path
    for theirs, ours in (("headers", "headers"), ("queryParameters", "query")):
        if request.get(theirs):
            made[ours] = {name: _rule(rule, f"request.{theirs}.{name}") for name, rule in request[theirs].items()}
    credentials = request.get("basicAuthCredentials") or request.get("basicAuth")
    if credentials:
        from base64 import b64encode

        word = b64encode(f"{credentials['username']}:{credentials['password']}".encode()).decode()
        made.setdefault("headers", {})["Authorization"] = literal(f"Basic {word}")
    for pattern in request.get("bodyPatterns") or ():
        _body(pattern, made)
    return made


def _path(request: Mapping[str, Any]) -> Any:
    if "url" in request:
        return {"matches": re.escape(request["url"]), "with_query": True}
    if "urlPattern" in request:
        return {"matches": whole(request["urlPattern"])[1:-1], "with_query": True}
    if "urlPathPattern" in request:
        return {"matches": whole(request["urlPathPattern"])[1:-1]}
    if "urlPathTemplate" in request:
        return request["urlPathTemplate"]
    return {"matches": re.escape(request["urlPath"])} if "urlPath" in request else None


def _rule(rule: Any, at: str) -> dict[str, Any]:
    """A matcher as one of our rules."""
    if not isinstance(rule, dict):
        raise NotHonouredError(f"{at}: {rule!r} is no matcher")
    given = dict(rule)
    blind = given.pop("caseInsensitive", False)
    if len(given) != 1:
        raise NotHonouredError(f"{at}: {', '.join(given)}")
    [(word, value)] = given.items()
    if word == "equalTo":
        return {"equals_ignoring_case": str(value)} if blind else literal(str(value))
    if word not in _RULES or blind:
        raise NotHonouredError(f"{at}.{'caseInsensitive' if blind else word}")
    return _RULES[word](value)


def _all(rules: Any) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for rule in rules:
        for word, value in _rule(rule, "and").items():
            if word in made:
                raise NotHonouredError(f"and: {word} twice")
            made[word] = value
    return made


_RULES: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "contains": lambda value: {"contains": str(value)},
    "doesNotContain": lambda value: {"does_not_match": re.escape(str(value))},
    "matches": lambda value: {"matches": whole(str(value))},
    "doesNotMatch": lambda value: {"does_not_match": whole(str(value))},
    "absent": lambda value: {"absent": bool(value)},
    "and": _all,
}


def _body(pattern: Mapping[str, Any], made: dict[str, Any]) -> None:
    if "equalToJson" in pattern:
        _equal_json(pattern, made)
    elif "matchesJsonPath" in pattern:
        _known(pattern, {"matchesJsonPath"}, "request.bodyPatterns.")
        _json_path(pattern["matchesJsonPath"], made)
    elif "matchesJsonSchema" in pattern:
        _once(made, "schema", _schema(pattern["matchesJsonSchema"]))
    else:
        _once(made, "body", _rule(pattern, "request.bodyPatterns"))


def _equal_json(pattern: Mapping[str, Any], made: dict[str, Any]) -> None:
    _known(pattern, {"equalToJson", "ignoreExtraElements"}, "request.bodyPatterns.")
    wanted = pattern["equalToJson"]
    value = orjson.loads(wanted) if isinstance(wanted, str) else wanted
    if "${json-unit" in orjson.dumps(value).decode():
        raise NotHonouredError("request.bodyPatterns.equalToJson with placeholders of JsonUnit")
    partial = pattern.get("ignoreExtraElements") and isinstance(value, dict)
    _once(made, "json", _leaves(value) if partial else {"equals": value})


def _leaves(value: Any) -> Any:
    if isinstance(value, dict) and value:
        return {key: _leaves(inner) for key, inner in value.items()}
    return {"equals": value}


def _json_path(wanted: Any, made: dict[str, Any]) -> None:
    expression = wanted["expression"] if isinstance(wanted, dict) else wanted
    try:
        parse_path(expression)
    except ValueError as error:
        raise NotHonouredError(f"request.bodyPatterns.matchesJsonPath {expression!r}") from error
    rest = {key: value for key, value in wanted.items() if key != "expression"} if isinstance(wanted, dict) else None
    rule = _rule(rest, "request.bodyPatterns.matchesJsonPath") if rest else {"present": True}
    _once(made.setdefault("json_path", {}), expression, rule)


def _schema(wanted: Any) -> Any:
    schema = orjson.loads(wanted) if isinstance(wanted, str) else wanted
    for message in check_schema(schema):
        raise NotHonouredError(f"request.bodyPatterns.matchesJsonSchema: {message}")
    return schema


def _once(made: dict[str, Any], key: str, value: Any) -> None:
    if key in made:
        raise NotHonouredError(f"request.bodyPatterns: two demands on {key}")
    made[key] = value


def _answer(response: Mapping[str, Any], bodies: Path) -> dict[str, Any]:
    _known(response, _RESPONSE, "response.")
    if response.get("transformers"):
        raise NotHonouredError(f"response.transformers {', '.join(map(str, response['transformers']))}")
    made: dict[str, Any] = {"status": int(response.get("status", 200))}
    if response.get("headers"):
        made["headers"] = {
            name: ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            for name, value in response["headers"].items()
        }
    if "jsonBody" in response:
        made |= literal_json(response["jsonBody"])
    elif "base64Body" in response:
        made |= literal_body(b64decode(response["base64Body"]))
    elif "bodyFileName" in response:
        file = (bodies / response["bodyFileName"]).resolve()
        if not file.is_file() or not file.is_relative_to(bodies.resolve()):
            raise NotHonouredError(f"response.bodyFileName {response['bodyFileName']!r}: there is no such file")
        made |= literal_body(file.read_bytes())
    elif response.get("body"):
        made |= literal_body(str(response["body"]).encode())
    return made


def _latency(response: Mapping[str, Any]) -> Any:
    spread, fixed = response.get("delayDistribution"), response.get("fixedDelayMilliseconds")
    if not spread:
        return milliseconds(fixed) if fixed else None
    if fixed:
        raise NotHonouredError("response.delayDistribution beside fixedDelayMilliseconds")
    if spread["type"] == "lognormal" and not spread.get("maxValue"):
        p95 = spread["median"] * math.exp(spread["sigma"] * _P95)
        return {"lognormal": {"median": milliseconds(spread["median"]), "p95": milliseconds(p95)}}
    if spread["type"] == "uniform":
        return {"uniform": [milliseconds(spread["lower"]), milliseconds(spread["upper"])]}
    if spread["type"] == "fixed":
        return milliseconds(spread["milliseconds"])
    raise NotHonouredError(f"response.delayDistribution {spread['type']!r}")
