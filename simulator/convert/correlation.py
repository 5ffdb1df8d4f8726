"""Where the values of a recording came from: an identifier in a request that an earlier answer had brought.

What a server makes up anew each time (identifiers, tokens) must be taken from its answers when the journey is run; what
the user chose stays as it was. A value that looks made up is taken from the first answer that held it; a short number
from the latest answer in which it is the identifier of what stands there: `/orders/{}` after an `id` of `/api/orders`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from simulator.contract.volatile import is_volatile
from simulator.convert.call import Call

LEAST = 4
"""Texts shorter than this are nobody's."""

MOST_CONTEXT = 60
Path = tuple[str | int, ...]
_TAG = re.compile(r"<(?:input|meta)\b[^>]*>")
_NAMED = re.compile(r"""\b(?:name|id)="[^"]+\"""")


@dataclass(frozen=True)
class Origin:
    """Where a value comes from.

    Attributes:
        call: number of the call whose answer holds it.
        path: where in its JSON; empty when it is no JSON.
        pattern: else a regular expression whose first group finds it in the text.
    """

    call: int
    path: Path = ()
    pattern: str = ""


def origin_of(value: Any, place: str, calls: Sequence[Call], number: int) -> Origin | None:
    """Where a value of call `number` was taken from; `None` when the user, or the recorder, has brought it along.

    Args:
        value: as it stands in the request.
        place: the name of what it stands in: a key, a parameter, or the segment of the path before it.
        calls: the recording.
        number: of the call.
    """
    if not isinstance(value, (str, int)) or isinstance(value, bool):
        return None
    text = str(value)
    made_up = is_volatile(text) and len(text) >= LEAST
    short_id = text.isdigit()
    if not made_up and not short_id:
        return None
    if made_up:
        return _first_seen(text, calls, number)
    found = (_in_json(value, place, calls[earlier], earlier) for earlier in range(number - 1, -1, -1))
    return next((origin for origin in found if origin), None)


def _first_seen(text: str, calls: Sequence[Call], number: int) -> Origin | None:
    """The first answer that holds a made-up value, unless a request had said it before."""
    for earlier, call in enumerate(calls[:number]):
        if text in _said(call):
            return None
        document = call.json
        path = next((path for path, leaf in leaves(document) if str(leaf) == text), None)
        if path is not None:
            return Origin(earlier, path)
        pattern = _pattern(text, call.text) if document is None else ""
        if pattern:
            return Origin(earlier, pattern=pattern)
    return None


def _in_json(value: Any, place: str, call: Call, number: int) -> Origin | None:
    fits = (path for path, leaf in leaves(call.json) if str(leaf) == str(value) and _belongs(place, path, call.route))
    path = next(fits, None)
    return None if path is None else Origin(number, path)


def _said(call: Call) -> set[str]:
    """Values of a request that its sender chose."""
    said = {*call.route.split("/"), *(value for _, value in call.query), *call.headers.values()}
    return said | ({str(leaf) for _, leaf in leaves(call.body)} if call.kind in ("json", "form") else set())


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every text and number of a JSON value with the way to it."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list | tuple):
        for at, inner in enumerate(value):
            yield from leaves(inner, (*path, at))
    elif value is not None and not isinstance(value, bool):
        yield path, value


def _belongs(place: str, path: Path, route: str) -> bool:
    """Whether a short number at this place is the identifier that stands there in the answer."""
    key = str(path[-1]).lower() if path else ""
    place = place.lower()
    if not key.endswith(("id", "number", "key")):
        return False
    if key == place and key != "id":
        return True
    stem = place.removesuffix("id").strip("_-").removesuffix("s")
    around = {part.lower().removesuffix("s") for part in (*route.split("/"), *map(str, path[:-1])) if part}
    return bool(stem) and (stem in around or key.removesuffix("id").strip("_") == stem)


def _pattern(value: str, text: str) -> str:
    """A regular expression that finds a value in a page, by its field or what is before it; empty if none does."""
    for tag in _TAG.findall(text):
        field = _NAMED.search(tag)
        if field and value in tag:
            pattern = rf'{re.escape(field[0])}[^>]*\b(?:value|content)="([^"]+)"'
            found = re.search(pattern, text)
            if found and found[1] == value:
                return pattern
    at = text.find(value)
    while at >= 0:
        line = text[max(0, text.rfind("\n", 0, at) + 1, at - MOST_CONTEXT) : at]
        if len(line.strip()) >= LEAST:
            pattern = re.escape(line.lstrip()).replace("\\ ", " ").replace('\\"', '"') + r"""([^"'<>&\s]+)"""
            found = re.search(pattern, text)
            if found and found[1] == value:
                return pattern
        at = text.find(value, at + 1)
    return ""
