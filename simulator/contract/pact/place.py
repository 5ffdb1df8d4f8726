"""Where the values of a JSON text stand, so that mistakes in it can be shown."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping

Path = tuple[str | int, ...]
"""Keys and positions, from the outermost value on."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


def places_of(text: str) -> Mapping[Path, tuple[int, int]]:
    """Line and column, both from 1, of every value of a JSON text."""
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    found: dict[Path, tuple[int, int]] = {}
    for path, offset in _offsets(text):
        line = bisect_right(starts, offset)
        found.setdefault(path, (line, offset - starts[line - 1] + 1))
    return found


def _offsets(text: str) -> Iterator[tuple[Path, int]]:
    path: list[str | int] = []
    kinds: list[str] = []
    key_comes = False
    yield (), len(text) - len(text.lstrip())
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token in "}]":
            kinds.pop() if kinds else None
            path.pop() if len(path) > len(kinds) else None
            key_comes = False
        elif token == ",":
            if kinds and kinds[-1] == "[":
                path[-1] = int(path[-1]) + 1
            key_comes = bool(kinds) and kinds[-1] == "{"
        elif token == ":":
            key_comes = False
        elif key_comes:
            path[-1] = _word(token)
        else:
            yield tuple(path), match.start()
            if token in "{[":
                kinds.append(token)
                path.append(0 if token == "[" else "")
                key_comes = token == "{"


def _word(token: str) -> str:
    import json

    try:
        return str(json.loads(token))
    except ValueError:
        return token
