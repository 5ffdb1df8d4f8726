"""Bodies of messages as bytes and back."""

from __future__ import annotations

from typing import Any

import orjson


def to_bytes(body: Any) -> bytes:
    """JSON; bytes as they are."""
    return body if isinstance(body, bytes) else orjson.dumps(body, default=str)


def from_bytes(content: Any) -> Any:
    """What JSON says; what is no JSON as text, or else as bytes."""
    if not isinstance(content, (bytes, str, memoryview)):
        return content
    raw = bytes(content) if isinstance(content, memoryview) else content
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        pass
    if isinstance(raw, str):
        return raw
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw


def correlation_in(body: Any, field: str) -> str:
    """What a body's own field says; empty text when there is none."""
    return str(body[field]) if field and isinstance(body, dict) and body.get(field) is not None else ""
