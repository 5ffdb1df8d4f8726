"""Values with places: `{order}` stands for what was saved under that name, `{customer.email}` for a part of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_PLACE = re.compile(r"\{([A-Za-z_]\w*(?:\.\w+)*)\}")

Saved = Mapping[str, Any]


def names_in(value: Any) -> Iterator[str]:
    """The names that a value needs."""
    if isinstance(value, str):
        yield from (place.split(".")[0] for place in _PLACE.findall(value))
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from names_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from names_in(inner)


def filled(value: Any, saved: Saved) -> Any:
    """The value with its places filled; a text that is one place becomes what was saved, of whatever type."""
    if isinstance(value, str):
        whole = _PLACE.fullmatch(value)
        if whole:
            return at(saved, whole[1])
        return _PLACE.sub(lambda match: str(at(saved, match[1])), value)
    if isinstance(value, Mapping):
        return {key: filled(inner, saved) for key, inner in value.items()}
    return [filled(inner, saved) for inner in value] if isinstance(value, list) else value


def at(value: Any, path: str) -> Any:
    """The part of a value that lies at a path like `items.0.id`; the value itself at an empty path.

    Raises:
        LookupError: there is none.
    """
    for part in filter(None, path.split(".")):
        try:
            if isinstance(value, (list, tuple)):
                value = value[int(part)]
            elif isinstance(value, Mapping):
                value = value[part]
            else:
                value = getattr(value, part)
        except (KeyError, IndexError, ValueError, AttributeError):
            raise LookupError(f"there is no {part!r} in {str(value)[:200]} (wanted {path})") from None
    return value
