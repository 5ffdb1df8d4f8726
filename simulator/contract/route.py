"""From a method and a path to what is promised there: a tree built once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Generic, TypeVar
from urllib.parse import unquote

Value = TypeVar("Value")


class _Branch(Generic[Value]):
    __slots__ = ("any", "by_name", "values")

    def __init__(self) -> None:
        self.by_name: dict[str, _Branch[Value]] = {}
        self.any: _Branch[Value] | None = None
        self.values: dict[str, list[Value]] = {}


class Routes(Generic[Value]):
    """Values by method and path; segments like `{id}` stand for anything, literal ones come first."""

    def __init__(self) -> None:
        self._root: _Branch[Value] = _Branch()
        self._patterns: list[tuple[str, re.Pattern[str], Value]] = []

    def add(self, method: str, template: str, value: Value) -> None:
        """One more value at a path such as `/orders/{id}`."""
        branch = self._root
        for segment in template.strip("/").split("/"):
            if segment.startswith("{") and segment.endswith("}"):
                branch.any = branch.any or _Branch()
                branch = branch.any
            elif "{" in segment:  # such as `{name}.svg`: too fine for a tree
                self.add_pattern(method, template_pattern(template), value)
                return
            else:
                branch = branch.by_name.setdefault(segment, _Branch())
        branch.values.setdefault(method, []).append(value)

    def add_pattern(self, method: str, pattern: str, value: Value) -> None:
        """One more value at all paths that match a pattern as a whole."""
        self._patterns.append((method, re.compile(pattern), value))

    def find(self, method: str, path: str) -> list[Value]:
        """The values of a path, the most literal first."""
        path = unquote(path) if "%" in path else path
        found = next((branch.values[method] for branch in self._branches(path) if method in branch.values), [])
        return found + [value for of, pattern, value in self._patterns if of == method and pattern.fullmatch(path)]

    def methods(self, path: str) -> set[str]:
        """The methods that a path knows."""
        found = {method for branch in self._branches(path) for method in branch.values}
        return found | {method for method, pattern, _ in self._patterns if pattern.fullmatch(path)}

    def _branches(self, path: str) -> Iterator[_Branch[Value]]:
        yield from _walk(self._root, path.strip("/").split("/"), 0)


def _walk(branch: _Branch[Value], segments: list[str], at: int) -> Iterator[_Branch[Value]]:
    if at == len(segments):
        yield branch
        return
    named = branch.by_name.get(segments[at])
    if named is not None:
        yield from _walk(named, segments, at + 1)
    if branch.any is not None and segments[at]:
        yield from _walk(branch.any, segments, at + 1)


def template_pattern(template: str) -> str:
    """The pattern of a path with `{names}`."""
    parts = re.split(r"\{[^{}/]+\}", template)
    return "[^/]+".join(map(re.escape, parts))
