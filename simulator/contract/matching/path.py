"""Paths of matching rules: `$.items[*].id`, and how well one fits a place in a body."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

Place = tuple[str, ...]
"""A place in a body: `("$", "items", "0", "id")`; positions in lists are digits."""

ANY = "*"
_STEP = re.compile(
    r"\.(?P<star>\*)"
    r"|\[(?P<all>\*)\]"
    r"|\[(?P<at>\d+)\]"
    r"|\['(?P<quoted>(?:[^'\\]|\\.)*)'\]"
    r"|\[\"(?P<double>(?:[^\"\\]|\\.)*)\"\]"
    r"|\.(?P<name>[^.\[\]*]+)"
)
_PLAIN = re.compile(r"[A-Za-z_@#$][A-Za-z0-9_:#@$-]*")


@dataclass(frozen=True)
class RulePath:
    """The path of a rule.

    Attributes:
        text: as written.
        steps: names, digits, or `ANY`; the first is `$`.
        index: for each step, whether it stands for positions in a list.
    """

    text: str
    steps: tuple[str, ...]
    index: tuple[bool, ...]

    def weight(self, place: Place) -> int:
        """How well it fits the beginning of a place: 0 for not at all, more for more names and fewer wildcards."""
        if len(self.steps) > len(place):
            return 0
        weight = 1
        for step, index, name in zip(self.steps, self.index, place, strict=False):
            if step == ANY and (not index or name.isdigit()):
                continue
            if step != name:
                return 0
            weight *= 2
        return weight


@lru_cache(maxsize=10_000)
def parse_path(text: str) -> RulePath:
    """The path that a text like `$.items[*]['a b']` stands for.

    Raises:
        ValueError: it is none.
    """
    if not text.startswith("$"):
        raise ValueError(f"{text!r} is no path; it begins with $")
    steps, index, at = ["$"], [False], 1
    while at < len(text):
        match = _STEP.match(text, at)
        if match is None:
            raise ValueError(f"{text!r} is no path: {text[at:]!r} cannot be read")
        found = match.groupdict()
        word = found["quoted"] or found["double"]
        steps.append(re.sub(r"\\(.)", r"\1", word) if word is not None
                     else found["at"] or found["name"] or ("" if match[0][1:2] in "'\"" else ANY))  # fmt: skip
        index.append(found["all"] is not None or found["at"] is not None)
        at = match.end()
    return RulePath(text, tuple(steps), tuple(index))


def shown(place: Place) -> str:
    """A place as a path: `$.items[0].id`."""
    parts = [place[0] if place else "$"]
    for step in place[1:]:
        if step.isdigit():
            parts.append(f"[{step}]")
        elif step == ANY:
            parts.append("[*]")
        else:
            parts.append(f".{step}" if _PLAIN.fullmatch(step) else f"['{step}']")
    return "".join(parts)
