"""What an HTTP operation is called: its method and path, with everything taken out that varies."""

from __future__ import annotations

import re

_ID = re.compile(
    r"\d+"
    r"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|(?=[a-z]*\d)[0-9a-f]{12,}"
    r"|[0-9A-HJKMNP-TV-Z]{26}",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[A-Za-z0-9_-]{16,}={0,2}")
_EXTENSION = re.compile(r"(.+)(\.[A-Za-z][A-Za-z0-9]{0,4})")


def path_pattern(path: str) -> str:
    """A path with numbers, UUIDs, long hexadecimal parts and tokens replaced by `{id}`, without query and fragment."""
    path = path.partition("#")[0].partition("?")[0]
    return "/".join(map(_segment, path.split("/"))) or "/"


def operation_name(method: str, path: str, name: str | None = None) -> str:
    """`GET /api/products/{id}`, or the author's own name behind the method."""
    if name is None:
        return f"{method} {path_pattern(path)}"
    return name if name.startswith(f"{method} ") else f"{method} {name}"


def _segment(segment: str) -> str:
    extension = _EXTENSION.fullmatch(segment)
    stem, end = (extension[1], extension[2]) if extension else (segment, "")
    if _ID.fullmatch(stem) or _TOKEN.fullmatch(stem):
        return "{id}" + end
    return segment
