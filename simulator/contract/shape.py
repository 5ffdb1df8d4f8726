"""What many samples of a value have in common: folded one by one, merged by addition."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from simulator.contract.reads import Reads
from simulator.contract.volatile import form_of, moment_form

MOST_DISTINCT = 20
MOST_FIELDS = 500
MOST_ITEMS = 50
LONGEST_TEXT = 200
EVERY_SAMPLE_UNTIL = 200
"""So many samples are looked into; after that one in `THEN_ONE_IN`."""
THEN_ONE_IN = 10

Kind = str


def is_worth_a_look(count: int) -> bool:
    """Whether another sample should be looked into when there were so many."""
    return count < EVERY_SAMPLE_UNTIL or count % THEN_ONE_IN == 0


class Shape:
    """A value at one place, over all samples.

    Attributes:
        count: how often it was there.
        kinds: null, boolean, integer, decimal, text, list, mapping → how often.
        forms: what its texts look like → how often.
        distinct: its texts, as long as they are few, → how often; `None` when there are too many.
        fields: of a mapping.
        items: the elements of a list, all together; `None` when there never were any.
        sizes: the smallest and the largest list; `None` when it never was one.
        example: the first value, its collections empty.
        read: somebody read it.
    """

    __slots__ = ("count", "distinct", "example", "fields", "forms", "items", "kinds", "read", "sizes")

    def __init__(self) -> None:
        self.count = 0
        self.kinds: dict[Kind, int] = {}
        self.forms: dict[str, int] = {}
        self.distinct: dict[str, int] | None = {}
        self.fields: dict[str, Shape] = {}
        self.items: Shape | None = None
        self.sizes: tuple[int, int] | None = None
        self.example: Any = None
        self.read = False

    def add(self, value: Any, reads: Reads | None = None) -> None:
        """One more sample.

        Args:
            value: the JSON value.
            reads: what was read of it; `None` for everything.
        """
        kind = _kind(value)
        if not self.count or (self.example is None and kind != "null"):
            self.example = {} if kind == "mapping" else [] if kind == "list" else value
        self.count += 1
        self.read = self.read or reads is None or reads.whole or bool(reads.fields) or reads.items is not None
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
        everything = reads is None or reads.whole
        if kind == "mapping":
            self._add_fields(value, reads, everything)
        elif kind == "list":
            self._add_items(value, reads, everything)
        elif kind == "text":
            self._add_text(value)

    def mark(self) -> None:
        """It was read."""
        self.read = True

    def _add_fields(self, value: dict[str, Any], reads: Reads | None, everything: bool) -> None:
        for name, inner in value.items():
            shape = self.fields.get(name)
            if shape is None:
                if len(self.fields) >= MOST_FIELDS:
                    continue
                shape = self.fields[name] = Shape()
            inner_reads = None if everything or reads is None else reads.fields.get(name)
            shape.add(inner, inner_reads if everything or inner_reads is not None else NOTHING_READ)
            if inner_reads is not None:
                shape.read = True

    def _add_items(self, value: list[Any], reads: Reads | None, everything: bool) -> None:
        size = len(value)
        self.sizes = (size, size) if self.sizes is None else (min(self.sizes[0], size), max(self.sizes[1], size))
        inner_reads = None if everything or reads is None else reads.items
        for inner in value[:MOST_ITEMS]:
            if self.items is None:
                self.items = Shape()
            self.items.add(inner, inner_reads if everything or inner_reads is not None else NOTHING_READ)
            if inner_reads is not None:
                self.items.read = True

    def _add_text(self, text: str) -> None:
        form: str = form_of(text[:LONGEST_TEXT])
        if form == "moment":
            form = f"moment {moment_form(text)}"
        self.forms[form] = self.forms.get(form, 0) + 1
        if self.distinct is None:
            return
        if text in self.distinct or (len(self.distinct) < MOST_DISTINCT and len(text) <= LONGEST_TEXT):
            self.distinct[text] = self.distinct.get(text, 0) + 1
        else:
            self.distinct = None

    def merge(self, other: Shape) -> None:
        """Add what another place has seen."""
        if not self.count or (self.example is None and other.example is not None):
            self.example = other.example
        self.count += other.count
        self.read = self.read or other.read
        for mine, theirs in ((self.kinds, other.kinds), (self.forms, other.forms)):
            for word, times in theirs.items():
                mine[word] = mine.get(word, 0) + times
        for name, shape in other.fields.items():
            self.fields.setdefault(name, Shape()).merge(shape)
        if other.items is not None:
            self.items = self.items or Shape()
            self.items.merge(other.items)
        sizes = [sizes for sizes in (self.sizes, other.sizes) if sizes]
        self.sizes = (min(low for low, _ in sizes), max(high for _, high in sizes)) if sizes else None
        self.distinct = _merged(self.distinct, other.distinct)

    def to_plain(self) -> list[Any]:
        """Lists and numbers, for msgpack."""
        fields = {name: shape.to_plain() for name, shape in self.fields.items()}
        items = self.items.to_plain() if self.items else None
        return [self.count, self.kinds, self.forms, self.distinct, fields, items, self.sizes, self.example, self.read]

    @classmethod
    def from_plain(cls, plain: Iterable[Any]) -> Shape:
        """The shape that `to_plain` wrote."""
        made = cls()
        made.count, made.kinds, made.forms, made.distinct, fields, items, sizes, made.example, made.read = plain
        made.fields = {name: cls.from_plain(shape) for name, shape in fields.items()}
        made.items = cls.from_plain(items) if items else None
        made.sizes = (sizes[0], sizes[1]) if sizes else None
        return made


NOTHING_READ = Reads()
"""What is there, and nobody looked at it."""


def _merged(mine: dict[str, int] | None, theirs: dict[str, int] | None) -> dict[str, int] | None:
    if mine is None or theirs is None:
        return None
    made = dict(mine)
    for text, times in theirs.items():
        made[text] = made.get(text, 0) + times
    return made if len(made) <= MOST_DISTINCT else None


def _kind(value: Any) -> Kind:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "decimal"
    if value is None:
        return "null"
    if isinstance(value, str):
        return "text"
    return "list" if isinstance(value, list) else "mapping"
