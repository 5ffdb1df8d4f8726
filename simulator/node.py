"""One value of a YAML document, which knows its place, and the mistakes found in it.

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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from simulator import units
from simulator.errors import FileError, Problem, did_you_mean, nearest

Kind = Literal["text", "list", "mapping", "nothing"]
T = TypeVar("T")

CALLED: Mapping[Kind, str] = {"text": "text", "list": "a list", "mapping": "a mapping", "nothing": "nothing"}
"""What kinds are called in messages."""
_VARIABLE = re.compile(r"\$(\$\{)|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,2})?")


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
        self.problem(f"expected {expected}, found {CALLED[self.kind]}")

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
