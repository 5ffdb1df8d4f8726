"""Texts of a pattern: the part of regular expressions whose texts can be counted through."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from mimesis.random import Random


_CLASSES = {"d": string.digits, "w": string.ascii_letters + string.digits + "_"}
MOST_PLACES = 1000


class PatternError(ValueError):
    """A pattern that cannot be read.

    Attributes:
        at: the character at which it is wrong, from 0.
    """

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at


@dataclass(frozen=True)
class Pattern:
    r"""Texts like `ORD-[A-Z]{2}\d{6}` or `(red|blue)-[0-9]{3}`.

    Attributes:
        text: the pattern; it is a regular expression as well.
        places: what may stand at each place.
    """

    text: str
    places: tuple[tuple[str, ...], ...]
    ranked: ClassVar[bool] = True

    @property
    def size(self) -> int:
        """How many different texts there are."""
        return prod(map(len, self.places))

    def at(self, rank: int) -> str:
        """The text of a rank; the last place turns quickest."""
        parts = []
        for place in reversed(self.places):
            rank, digit = divmod(rank, len(place))
            parts.append(place[digit])
        return "".join(reversed(parts))

    def draw(self, random: Random, count: int) -> list[str]:
        """So many texts."""
        if len(self.places) > 40:
            return ["".join(map(random.choice, self.places)) for _ in range(count)]
        size = self.size
        return [self.at(random.randrange(size)) for _ in range(count)]

    def wrong(self, value: Any) -> str | None:
        """Only texts that fit the pattern."""
        fits = isinstance(value, str) and re.fullmatch(self.text, value)
        return None if fits else f"{value!r} does not fit {self.text}"


def parse_pattern(text: str) -> Pattern:
    r"""A pattern.

    pattern ::= { part [ "{" number "}" ] }
    part    ::= character | "\\" character | "\\d" | "\\w" | "[" ranges "]" | "(" text { "|" text } ")"

    Raises:
        PatternError: it is none.
    """
    places: list[tuple[str, ...]] = []
    at = 0
    while at < len(text):
        started = at
        choices, at = _part(text, at)
        times, at = _times(text, at)
        if len(places) + times > MOST_PLACES:
            raise PatternError(f"more than {MOST_PLACES} characters", started)
        places += [choices] * times
    return Pattern(text, tuple(places))


def _part(text: str, at: int) -> tuple[tuple[str, ...], int]:
    character = text[at]
    if character == "\\":
        if at + 1 == len(text):
            raise PatternError("a backslash stands alone", at)
        return tuple(_CLASSES.get(text[at + 1], text[at + 1])), at + 2
    if character in "[(":
        close = text.find("]" if character == "[" else ")", at + 1)
        if close < 0:
            raise PatternError(f"{character} is not closed", at)
        inner = text[at + 1 : close]
        choices = _ranges(inner, at + 1) if character == "[" else tuple(dict.fromkeys(inner.split("|")))
        if not inner or (character == "(" and set(inner) & set("()[]{}*+?.\\^$")):
            raise PatternError("only plain texts stand between | here", at + 1)
        return choices, close + 1
    if character in "*+?.^$|)]{}":
        raise PatternError(f"{character!r} cannot be counted through", at)
    return (character,), at + 1


def _ranges(inner: str, offset: int) -> tuple[str, ...]:
    if inner.startswith("^"):
        raise PatternError("'^' cannot be counted through", offset)
    found: dict[str, None] = {}
    at = 0
    while at < len(inner):
        if inner[at + 1 : at + 2] == "-" and at + 2 < len(inner):
            first, last = ord(inner[at]), ord(inner[at + 2])
            if last < first:
                raise PatternError(f"{inner[at : at + 3]} runs backwards", offset + at)
            found.update(dict.fromkeys(map(chr, range(first, last + 1))))
            at += 3
        elif inner[at] == "\\" and at + 1 < len(inner):
            found.update(dict.fromkeys(_CLASSES.get(inner[at + 1], inner[at + 1])))
            at += 2
        else:
            found[inner[at]] = None
            at += 1
    return tuple(found)


def _times(text: str, at: int) -> tuple[int, int]:
    if text[at : at + 1] != "{":
        return 1, at
    close = text.find("}", at)
    number = text[at + 1 : close] if close > 0 else ""
    if not number.isdecimal():
        raise PatternError("how often is one number, as in [a-z]{4}", at)
    return int(number), close + 1
