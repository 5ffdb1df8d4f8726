"""Paths that stubs stand for: as they are, with `{names}`, or as a pattern."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from simulator.node import Node

_NAME = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
ANY_PATH = re.compile("")
NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True)
class PathRule:
    """Which paths a stub answers.

    Attributes:
        text: as written.
        literal: the only path, or `None`.
        pattern: matches the paths otherwise; its named groups are the path's variables.
        with_query: whether the query belongs to what the pattern is asked about.
    """

    text: str
    literal: str | None
    pattern: re.Pattern[str]
    with_query: bool = False

    def variables(self, path: str, target: str) -> Mapping[str, str] | None:
        """The path's variables when it fits, else `None`."""
        if self.literal is not None:
            return NOTHING if path == self.literal else None
        match = self.pattern.fullmatch(target if self.with_query else path)
        return None if match is None else match.groupdict()


def read_path(node: Node | None) -> PathRule:
    """The path of a stub file: text with `{names}`, or `{matches: pattern}`; nothing fits every path."""
    if node is None:
        return PathRule("any path", None, re.compile(".*", re.DOTALL))
    if node.kind != "mapping":
        return node.parsed(path_rule, PathRule("", "", ANY_PATH))
    entries = node.mapping(("matches", "with_query"), required=("matches",))
    pattern = entries["matches"].parsed(_compiled, ANY_PATH) if "matches" in entries else ANY_PATH
    with_query = entries["with_query"].boolean() if "with_query" in entries else False
    return PathRule(pattern.pattern, None, pattern, with_query)


def path_rule(text: str) -> PathRule:
    """A path with `{names}` for segments that vary.

    Raises:
        ValueError: it does not begin with a slash, or names a variable twice.
    """
    if not text.startswith("/"):
        raise ValueError(f"{text!r} is no path; it begins with a slash")
    names = _NAME.findall(text)
    if len(set(names)) < len(names):
        raise ValueError(f"{text!r} has the same name twice")
    if not names:
        return PathRule(text, text, ANY_PATH)
    parts = _NAME.split(text)
    pieces = [f"(?P<{part}>[^/]+)" if at % 2 else re.escape(part) for at, part in enumerate(parts)]
    return PathRule(text, None, re.compile("".join(pieces)))


def _compiled(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is no regular expression: {error}") from error
