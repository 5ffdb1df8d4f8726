"""YAML files, read so that every value knows its place and every mistake is found at once.

Scalars stay text until somebody asks for a number, a duration, a share: `no`, `1:30` and `0123` never turn into
something else. Whoever reads a document asks for what it expects; what does not fit is noted in `Problems` and a
harmless value is returned, so that reading goes on and finds the next mistake::

    problems = Problems()
    node = read_document(Path("simulator.yaml"), environ=os.environ, problems=problems)
    profile = node.mapping(known=("users", "duration"), required=("duration",))
    duration_s = profile["duration"].duration() if "duration" in profile else 0.0
    problems.raise_if_any()
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml

from simulator import units
from simulator.errors import FileError, Problem, did_you_mean, nearest

MOST_BYTES = 1_000_000
MOST_DEPTH = 50
MOST_NODES = 100_000
MOST_ALIASES = 200

Kind = Literal["text", "list", "mapping", "nothing"]
T = TypeVar("T")

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_UNPRINTABLE = re.compile("[^\x09\x0a\x0d\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_VARIABLE = re.compile(r"\$(\$\{)|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,2})?")
_NOTHING = ("", "~", "null", "Null", "NULL")
_CALLED = {"text": "text", "list": "a list", "mapping": "a mapping", "nothing": "nothing"}


class Problems:
    """Mistakes found so far, in one file or several; the same mistake counts once.

    Attributes:
        found: the mistakes, in order of finding.
    """

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def add(self, problem: Problem) -> None:
        """Note a mistake."""
        if problem not in self.found:
            self.found.append(problem)

    def raise_if_any(self) -> None:
        """End the reading when anything was wrong.

        Raises:
            FileError: with every mistake, in order of their places.
        """
        if self.found:
            raise FileError(self.found)

    def __bool__(self) -> bool:
        return bool(self.found)


@dataclass(frozen=True)
class Source:
    """What the values of one document share: where mistakes go, and the variables that `${NAME}` may name."""

    file: str
    problems: Problems
    environ: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Node:
    """One value of a document, with its place.

    Attributes:
        source: the document it belongs to.
        line: counted from 1.
        column: counted from 1.
        kind: text, list, mapping, or nothing (an empty value, `~` or `null`).
        raw: a scalar's text as written, before variables are put in.
        children: a list's values.
        entries: a mapping's values, in order.
        keys: a mapping's keys, with their places.
        inset: columns from a scalar's start to its first character; `None` when its text is not written in one piece.
        quoted: whether a scalar stands in quotes or in a block, so that `"5"` can be told from `5` where that matters.
    """

    source: Source
    line: int
    column: int
    kind: Kind
    raw: str = ""
    children: tuple[Node, ...] = ()
    entries: Mapping[str, Node] = field(default_factory=dict)
    keys: Mapping[str, Node] = field(default_factory=dict)
    inset: int | None = None
    quoted: bool = False

    @property
    def file(self) -> str:
        """The file, as the user named it."""
        return self.source.file

    def problem(self, message: str, hint: str | None = None, *, at: int = 0) -> None:
        """Note a mistake in this value; `at` is the character of a scalar's text at which it lies, from 0."""
        inside = self.inset + at if self.inset is not None and "${" not in self.raw else 0
        self.source.problems.add(Problem(self.file, self.line, self.column + inside, message, hint))

    def get(self, key: str) -> Node | None:
        """A mapping's value; `None` when it is not there, or empty, or this is no mapping."""
        value = self.entries.get(key)
        return None if value is None or value.kind == "nothing" else value

    def mapping(self, known: Sequence[str] | None = None, *, required: Sequence[str] = ()) -> Mapping[str, Node]:
        """A mapping's values; unknown and missing keys are mistakes (`known=None`: any key will do)."""
        if self.kind != "mapping":
            self._not("a mapping (lines of `key: value`)")
            return {}
        meant = set()
        for key, place in self.keys.items():
            if known is not None and key not in known:
                place.problem(f"unknown key {key!r}", did_you_mean(key, known))
                meant.add(nearest(key, known))
        for key in required:
            if self.get(key) is None and key not in meant:
                self.problem(f"{key!r} is missing")
        return self.entries

    def items(self) -> tuple[Node, ...]:
        """A list's values."""
        if self.kind != "list":
            self._not("a list (lines that begin with `- `)")
        return self.children

    def one_or_more(self) -> tuple[Node, ...]:
        """A list's values, or this value alone when it is no list."""
        return self.children if self.kind == "list" else (self,)

    def text(self, default: str = "") -> str:
        """A scalar's text, with variables put in."""
        if self.kind != "text":
            self._not("text")
            return default
        return _VARIABLE.sub(self._variable, self.raw)

    def parsed(self, parse: Callable[[str], T], default: T) -> T:
        """What `parse` makes of the text; its `ValueError` becomes a mistake and the default is returned."""
        if self.kind != "text":
            self._not("text")
            return default
        before = len(self.source.problems.found)
        text = self.text()
        try:
            return parse(text)
        except ValueError as error:
            if len(self.source.problems.found) == before:  # an unset variable has been noted already
                self.problem(str(error))
            return default

    def choice(self, known: Sequence[str], default: str = "") -> str:
        """One of the known words."""
        text = self.text(default)
        if self.kind == "text" and text not in known:
            self.problem(f"{text!r} is not known here", did_you_mean(text, known))
            return default
        return text

    def number(self, default: float = 0.0) -> float:
        """A number like `3`, `-2` or `0.5`."""
        return self.parsed(units.parse_number, default)

    def integer(self, default: int = 0) -> int:
        """A whole number."""
        return self.parsed(units.parse_integer, default)

    def boolean(self, default: bool = False) -> bool:
        """`true` or `false`, nothing else."""
        return self.parsed(_boolean, default)

    def duration(self, default: float = 0.0) -> float:
        """Seconds of a duration like `90s`."""
        return self.parsed(units.parse_duration, default)

    def rate(self, default: float = 0.0) -> float:
        """Events per second of a rate like `20/s`."""
        return self.parsed(units.parse_rate, default)

    def size(self, default: float = 0.0) -> float:
        """Bytes of a size like `10 MB`."""
        return self.parsed(units.parse_size, default)

    def share(self, default: float = 0.0) -> float:
        """A share from 0 to 1, written like `1%` or `0.01`."""
        return self.parsed(units.parse_share, default)

    def plain(self) -> Any:
        """Everything below, as dicts, lists, texts and `None`: for foreign formats that have no schema here."""
        if self.kind == "mapping":
            return {key: value.plain() for key, value in self.entries.items()}
        if self.kind == "list":
            return [value.plain() for value in self.children]
        return self.text() if self.kind == "text" else None

    def typed(self) -> Any:
        """The JSON value it stands for: unquoted numbers, `true`, `false` and `null` are what they look like.

        Only for values that are data by themselves, such as what a component is given; never for settings.
        """
        if self.kind == "mapping":
            return {key: value.typed() for key, value in self.entries.items()}
        if self.kind == "list":
            return [value.typed() for value in self.children]
        if self.kind != "text":
            return None
        text = self.text()
        return text if self.quoted else typed_text(text)

    def _not(self, expected: str) -> None:
        self.problem(f"expected {expected}, found {_CALLED[self.kind]}")

    def _variable(self, match: re.Match[str]) -> str:
        escaped, name, default = match.groups()
        if escaped:
            return "${"
        value = self.source.environ.get(name)
        if value:
            return value
        if default is not None:
            return str(default)
        if value is None:
            self.problem(f"the environment variable {name} is not set", f"set it, or write ${{{name}:-default}}")
        return ""


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
                key.problem(f"a key must be text, found {_CALLED[key.kind]}")
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


def typed_text(text: str) -> Any:
    """What a text without quotes looks like: a number of JSON's, `true`, `false`, else the text itself."""
    if text in ("true", "false"):
        return text == "true"
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(f"{text!r} is neither true nor false")
    return text == "true"
