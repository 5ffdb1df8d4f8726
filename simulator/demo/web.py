"""JSON over Flask: how requests are read and problems are answered, by both services."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Flask, Response, request
from flask.json.provider import JSONProvider
from werkzeug.exceptions import HTTPException

from simulator.demo.problem import Problem, invalid


class OrjsonProvider(JSONProvider):
    """Flask's JSON by orjson, which also knows dataclasses."""

    def dumps(self, obj: Any, **_: Any) -> str:
        return orjson.dumps(obj).decode()

    def loads(self, s: str | bytes, **_: Any) -> Any:
        return orjson.loads(s)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        return Response(orjson.dumps(args[0] if args else kwargs), mimetype="application/json")


def answer_in_json(app: Flask) -> None:
    """Makes the application answer values and all errors in JSON."""
    app.json = OrjsonProvider(app)
    app.register_error_handler(Problem, _problem)
    app.register_error_handler(HTTPException, _http_problem)


def json_body() -> dict[str, Any]:
    """Returns the request's JSON object.

    Raises:
        Problem: The body is no JSON object (400).
    """
    try:
        body = orjson.loads(request.get_data())
    except OSError as problem:
        raise Problem(400, "incomplete", "The connection broke before the whole body had come.") from problem
    except orjson.JSONDecodeError as problem:
        raise Problem(400, "bad_json", f"The body is not JSON: {problem}.") from problem
    if not isinstance(body, dict):
        raise Problem(400, "bad_json", "The body must be a JSON object.")
    return body


def text(body: dict[str, Any], name: str, at_least: int = 1, at_most: int = 200) -> str:
    """Returns the body's text of this name; Problem 422 if there is none or its length is out of bounds."""
    value = body.get(name)
    if not isinstance(value, str) or not at_least <= len(value) <= at_most:
        raise invalid(f"`{name}` must be a text of {at_least} to {at_most} characters.")
    return value


def integer(body: dict[str, Any], name: str, at_least: int, at_most: int, default: int | None = None) -> int:
    """Returns the body's integer of this name, or the default; Problem 422 if it is neither or out of bounds."""
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not at_least <= value <= at_most:
        raise invalid(f"`{name}` must be an integer from {at_least} to {at_most}.")
    return value


def _problem(problem: Problem) -> tuple[dict[str, str], int]:
    return {"error": problem.error, "message": problem.message}, problem.status


def _http_problem(problem: HTTPException) -> tuple[dict[str, str], int]:
    error = problem.name.lower().replace(" ", "_")
    return {"error": error, "message": problem.description or problem.name}, problem.code or 500
