"""Answers and demands of foreign files in our form, taken literally: nothing in them is a template of ours."""

from __future__ import annotations

import re
from base64 import b64encode
from typing import Any

import orjson

from simulator.virtual.template import PLACE


class NotHonouredError(Exception):
    """A part of a foreign file that we cannot do as it asks."""


def literal_body(body: bytes) -> dict[str, Any]:
    """A body as an answer has it: as text where that is safe, else encoded."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return {"content": b64encode(body).decode()}
    if PLACE.search(text) or not text.isprintable() or not text:
        return {"content": b64encode(body).decode()}
    return {"body": text}


def literal_json(value: Any) -> dict[str, Any]:
    """A JSON value as an answer has it."""
    encoded = orjson.dumps(value)
    return literal_body(encoded) if PLACE.search(encoded.decode()) else {"json": value}


def whole(pattern: str) -> str:
    """A pattern that must fit the whole of a value.

    Raises:
        NotHonouredError: it is no pattern of Python's.
    """
    try:
        re.compile(pattern)
    except re.error as error:
        raise NotHonouredError(f"the pattern {pattern!r} ({error})") from error
    return f"^(?:{pattern})$"


def literal(text: str) -> dict[str, Any]:
    """A demand for exactly this text."""
    return {"equals": text}


def milliseconds(value: float) -> str:
    """A duration as stub files have it."""
    return f"{max(0.0, float(value)):.6f} ms"
