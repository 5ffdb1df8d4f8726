"""What a step of a scenario can do: one function for each type."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.data.reach import imported
from simulator.journey.check import check
from simulator.journey.component.difference import differences
from simulator.journey.within import seconds

KIND = "call"


@dataclass(frozen=True)
class ActionType:
    """One type of action.

    Attributes:
        act: does it; is given the user and the action's settings, filled; returns what may be saved.
        settings: what may stand beside it, besides `save` and `expect`.
    """

    act: Callable[[Any, Mapping[str, Any]], Any]
    settings: tuple[str, ...] = ()


def subset(expected: Any, actual: Any) -> list[str]:
    """How a result differs from what is expected of it; what it has beyond that does not matter."""
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        found = []
        for key, value in expected.items():
            if key not in actual:
                found.append(f"{key}: missing, {value!r} was expected")
            else:
                found += [f"{key}.{text}" if isinstance(value, Mapping) else text.replace("result", str(key), 1)
                          for text in subset(value, actual[key])]  # fmt: skip
        return found
    return differences(expected, actual)


def _http(user: Any, given: Mapping[str, Any]) -> Any:
    method, _, path = str(given["http"]).partition(" ")
    options = {name: given[name] for name in ("json", "params", "headers", "data", "name") if name in given}
    response = user.client.request(method.upper(), path.strip(), **options)
    if "status" in given:
        check(response.status_code == given["status"], f"status {response.status_code}, {given['status']} was expected")
    try:
        return response.json()
    except ValueError:
        return response.text


def _send(user: Any, given: Mapping[str, Any]) -> Any:
    options = {"correlation_id": str(given["correlation"])} if "correlation" in given else {}
    return user.queue(given["send"]).send(given.get("body"), **options)


def _receive(user: Any, given: Mapping[str, Any]) -> Any:
    return user.queue(given["receive"]).receive(
        given.get("match"), within=given.get("within", "5s"), since=given.get("since")
    )


def _request(user: Any, given: Mapping[str, Any]) -> Any:
    return user.queue(given["request"]).request(given.get("body"), within=given.get("within", "5s"))


def _sql(user: Any, given: Mapping[str, Any]) -> Any:
    database = user.db(given.get("database", ""))
    params, rows, count = given.get("params"), given.get("rows"), given.get("count")
    if "within" in given:
        return database.eventually(
            given["sql"], params, rows=rows, count=count, within=given["within"], since=given.get("since")
        )
    if rows is not None or count is not None:
        return database.expect_rows(given["sql"], params, rows=rows, count=count)
    return database.execute(given["sql"], params)


def _make(user: Any, given: Mapping[str, Any]) -> Any:
    return user.data.make(given["make"], **dict(given.get("with") or {}))


def _take(user: Any, given: Mapping[str, Any]) -> Any:
    return user.data.take(given["take"])


def _created(user: Any, given: Mapping[str, Any]) -> Any:
    user.created(given["created"], given["key"])


def _wait(user: Any, given: Mapping[str, Any]) -> Any:
    time.sleep(seconds(given["wait"]))


def _call(user: Any, given: Mapping[str, Any]) -> Any:
    function = imported(given["call"], Path(given["(folder)"]))
    operation = user.track.operation(str(given["call"]), KIND)
    result = _called(operation, function, given)
    operation.succeed()
    return result


def _called(operation: Any, function: Callable[..., Any], given: Mapping[str, Any]) -> Any:
    try:
        return function(**dict(given.get("with") or {}))
    except Exception as error:
        operation.fail(type(error).__name__, f"{type(error).__name__}: {error}")
        raise


ACTIONS: Mapping[str, ActionType] = {
    "http": ActionType(_http, ("json", "params", "headers", "data", "status", "name")),
    "send": ActionType(_send, ("body", "correlation")),
    "receive": ActionType(_receive, ("match", "within", "since")),
    "request": ActionType(_request, ("body", "within")),
    "sql": ActionType(_sql, ("database", "params", "rows", "count", "within", "since")),
    "make": ActionType(_make, ("with",)),
    "take": ActionType(_take),
    "created": ActionType(_created, ("key",)),
    "wait": ActionType(_wait),
    "call": ActionType(_call, ("with",)),
}
"""Every type of action by the word that begins it."""

ALWAYS: Sequence[str] = ("save", "expect")
"""What may stand beside any of them."""
