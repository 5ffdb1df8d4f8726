"""YAML files, read into values that know their places; every mistake is found at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from simulator import units
from simulator.errors import Problem
from simulator.node import CALLED, Node, Problems, Source

MOST_BYTES = 1_000_000
MOST_DEPTH = 50
MOST_NODES = 100_000
MOST_ALIASES = 200

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_UNPRINTABLE = re.compile("[^\x09\x0a\x0d\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOTHING = ("", "~", "null", "Null", "NULL")


def read_document(path: Path, *, environ: Mapping[str, str], problems: Problems | None = None) -> Node:
    """The document in a file.

    Args:
        path: the file; named in problems as it is given here.
        environ: the variables that `${NAME}` may name.
        problems: where mistakes go; without it they are raised at once.

    Returns:
        The outermost value; of kind `nothing` when the file is empty or cannot be read.

    Raises:
        FileError: something is wrong and no `problems` were given to collect it.
    """
    collected = Problems() if problems is None else problems
    text = _read(path, collected)
    node = parse_document(text, str(path), environ=environ, problems=collected)
    if problems is None:
        collected.raise_if_any()
    return node


def parse_document(text: str, file: str, *, environ: Mapping[str, str], problems: Problems) -> Node:
    """The document in a text; mistakes go to `problems`, under the name of the file."""
    source = Source(file, problems, environ)
    try:
        _check_characters(text)
        return _Builder(source, text).document()
    except _Refused as refused:
        problems.add(Problem(file, refused.line, refused.column, refused.message, refused.hint))
    except yaml.MarkedYAMLError as error:
        problems.add(_syntax_problem(file, text, error))
    except yaml.YAMLError as error:
        problems.add(Problem(file, 0, 0, f"this is not YAML: {error}"))
    return Node(source, 1, 1, "nothing")


class _Refused(Exception):  # noqa: N818  (it never leaves this file)
    """The document cannot be read any further."""

    def __init__(self, line: int, column: int, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.line, self.column, self.message, self.hint = line, column, message, hint


class _Builder:
    """Builds nodes from YAML's events, within limits that hold while they are read."""

    def __init__(self, source: Source, text: str) -> None:
        self._source = source
        self._text = text
        self._events: Iterator[Any] = iter(yaml.parse(text, Loader=_LOADER))
        self._anchors: dict[str, tuple[Node, int] | None] = {}
        self._nodes = 0
        self._aliases = 0

    def document(self) -> Node:
        """The only document of the stream."""
        next(self._events)  # the stream begins
        first = next(self._events)
        if isinstance(first, yaml.StreamEndEvent):
            return Node(self._source, 1, 1, "nothing")
        root = self._node(next(self._events), 1)
        next(self._events)  # the document ends
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise self._refused(after, "a second document begins here", "one document a file")
        return root

    def _node(self, event: Any, depth: int) -> Node:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        self._limit(event, depth)
        if event.tag is not None:
            raise self._refused(event, f"the tag {event.tag!r} is not allowed", "write the value without a tag")
        if event.anchor:
            self._anchors[event.anchor] = None
        before = self._nodes
        node = self._collection(event, depth)
        if event.anchor:
            self._anchors[event.anchor] = (node, self._nodes - before + 1)
        return node

    def _limit(self, event: Any, depth: int, more: int = 1) -> None:
        self._nodes += more
        if depth > MOST_DEPTH:
            raise self._refused(event, f"nested more than {MOST_DEPTH} levels deep")
        if self._nodes > MOST_NODES:
            raise self._refused(event, f"more than {MOST_NODES:,} values, counting what aliases repeat")

    def _alias(self, event: Any) -> Node:
        self._aliases += 1
        if self._aliases > MOST_ALIASES:
            raise self._refused(event, f"more than {MOST_ALIASES} aliases")
        if event.anchor not in self._anchors:
            raise self._refused(event, f"the alias *{event.anchor} has no anchor before it")
        anchored = self._anchors[event.anchor]
        if anchored is None:
            raise self._refused(event, f"the alias *{event.anchor} contains itself")
        node, size = anchored
        self._limit(event, 0, size)
        return node

    def _collection(self, event: Any, depth: int) -> Node:
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if isinstance(event, yaml.SequenceStartEvent):
            return Node(self._source, line, column, "list", children=tuple(self._children(depth)))
        if isinstance(event, yaml.MappingStartEvent):
            entries, keys = self._entries(depth)
            return Node(self._source, line, column, "mapping", entries=entries, keys=keys)
        if not event.style and event.value in _NOTHING:
            return Node(self._source, line, column, "nothing")
        written = self._text[event.start_mark.index : event.end_mark.index]
        inset = written.find(event.value) if event.start_mark.line == event.end_mark.line else -1
        return Node(self._source, line, column, "text", raw=event.value, inset=None if inset < 0 else inset,
                    quoted=bool(event.style))  # fmt: skip

    def _children(self, depth: int) -> Iterator[Node]:
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            yield self._node(event, depth + 1)

    def _entries(self, depth: int) -> tuple[dict[str, Node], dict[str, Node]]:
        entries: dict[str, Node] = {}
        keys: dict[str, Node] = {}
        merged: list[Node] = []
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key, value = self._node(event, depth + 1), self._node(next(self._events), depth + 1)
            if key.kind != "text":
                key.problem(f"a key must be text, found {CALLED[key.kind]}")
            elif key.raw == "<<":
                merged += value.one_or_more()
            elif key.raw in keys:
                key.problem(f"the key {key.raw!r} is here twice", f"first in line {keys[key.raw].line}")
            else:
                entries[key.raw], keys[key.raw] = value, key
        for other in merged:
            entries = {**other.mapping(), **entries}
            keys = {**other.keys, **keys}
        return entries, keys

    def _refused(self, event: Any, message: str, hint: str | None = None) -> _Refused:
        return _Refused(event.start_mark.line + 1, event.start_mark.column + 1, message, hint)


def _read(path: Path, problems: Problems) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        problems.add(Problem(str(path), 0, 0, f"cannot be read: {error.strerror or error}"))
        return ""
    if len(content) > MOST_BYTES:
        problems.add(Problem(str(path), 0, 0, f"is larger than {units.show_size(MOST_BYTES)}"))
        return ""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, column = _place(content[: error.start].decode("utf-8", "replace"))
        problems.add(Problem(str(path), line, column, "is not UTF-8 text"))
        return ""


def _check_characters(text: str) -> None:
    found = _UNPRINTABLE.search(text)
    if found:
        line, column = _place(text[: found.start()])
        raise _Refused(line, column, f"the character U+{ord(found[0]):04X} is not allowed in YAML")


def _place(before: str) -> tuple[int, int]:
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def _syntax_problem(file: str, text: str, error: yaml.MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    what = ", ".join(part for part in (error.problem, error.context) if part)
    lines = text.splitlines()
    tab = mark is not None and mark.line < len(lines) and lines[mark.line][mark.column :].startswith("\t")
    hint = "YAML is indented with spaces, not with tabs" if tab else None
    return Problem(file, line, column, f"this is not YAML: {what}", hint)
