"""Dates and times in the notation that Pact files use for them: Java's, such as `yyyy-MM-dd'T'HH:mm:ssXXX`."""

from __future__ import annotations

import re
from functools import lru_cache

_TOKEN = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|.", re.DOTALL)
_ZONE = r"(?:Z|[+-]\d\d(?::?\d\d(?::?\d\d)?)?)"
_WORDS = {
    "G": r"(?:AD|BC|Anno Domini|Before Christ)",
    "E": r"[^\W\d_]+\.?",
    "a": r"(?:AM|PM|am|pm)",
    "z": r"[A-Za-z0-9+:/_-]+",
    "V": r"[A-Za-z0-9+:/_-]+",
    "v": r"[A-Za-z0-9+:/_ -]+",
    "Z": r"(?:[+-]\d{4}|GMT[+-]\d\d:?\d\d|Z)",
    "X": _ZONE,
    "x": r"[+-]\d\d(?::?\d\d)?",
    "O": r"GMT(?:[+-]\d{1,2}(?::?\d\d)?)?",
}
_BOUNDS = {
    "M": r"(?:0?[1-9]|1[0-2])", "L": r"(?:0?[1-9]|1[0-2])", "d": r"(?:0?[1-9]|[12]\d|3[01])",
    "H": r"(?:[01]?\d|2[0-3])", "k": r"(?:0?[1-9]|1\d|2[0-4])", "h": r"(?:0?[1-9]|1[0-2])", "K": r"(?:0?\d|1[01])",
    "m": r"[0-5]?\d", "s": r"[0-5]?\d",
}  # fmt: skip


@lru_cache(maxsize=500)
def moment_pattern(form: str) -> re.Pattern[str]:
    """What texts of a form look like."""
    return re.compile("".join(_pattern(match) for match in _TOKEN.finditer(form)))


def _pattern(match: re.Match[str]) -> str:
    quoted, letter = match[1], match[2]
    if quoted is not None:
        return re.escape(quoted.replace("''", "'") or "'")
    if letter is None:
        return re.escape(match[0])
    length = len(match[0])
    if letter in "ML" and length >= 3:
        return r"[^\W\d_]+\.?"
    if letter in "yuY":
        return r"\d{2}" if length == 2 else rf"-?\d{{{min(length, 4)},}}"
    if letter in "SnNA":
        return rf"\d{{{length}}}" if letter == "S" else r"\d+"
    if letter in _WORDS:
        return _WORDS[letter]
    bounds = _BOUNDS.get(letter)
    if bounds is None:
        return r"\d+"
    return f"(?=\\d{{2}}){bounds}" if length == 2 else bounds
