"""Looks at rows from anywhere with the eyes of a spec: every problem, with its place."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.data.form import read_rows
from simulator.data.kind.choice import Choice
from simulator.data.kind.derived import Computed, Text
from simulator.data.kind.number import Number, Sequence
from simulator.data.kind.reference import Reference
from simulator.data.rows import Row, Rows
from simulator.data.spec import Entity, FieldSpec, Spec
from simulator.errors import Problem, UsageError, did_you_mean
from simulator.node import typed_text

MOST_PROBLEMS = 1000
"""So many problems are told, of how ever many there are."""


@dataclass(frozen=True)
class Given:
    """Rows of an entity from elsewhere.

    Attributes:
        entity: its name.
        file: for messages.
        rows: all of them.
        first_line: the line of the first row.
        texts: whether all values came as texts (CSV).
    """

    entity: str
    file: str
    rows: Iterable[Row]
    first_line: int = 1
    texts: bool = False


def given_file(spec: Spec, path: Path) -> Given:
    """The rows of a file that is named after its entity, such as `order.csv`.

    Raises:
        UsageError: there is no such entity or file.
    """
    name = path.name.split(".")[0]
    if name not in spec.entities:
        hint = did_you_mean(name, list(spec.entities))
        raise UsageError(f"{path}: the file is named after an entity, and there is no {name!r}", hint=hint)
    if not path.is_file():
        raise UsageError(f"{path} does not exist")
    texts = path.suffix == ".csv"
    return Given(name, str(path), read_rows(path), 2 if texts else 1, texts)


def generated(spec: Spec, name: str) -> Given:
    """The rows that the spec itself makes."""
    return Given(name, f"(generated {name})", Rows(spec, name))


def validate(spec: Spec, everything: Iterable[Given]) -> Iterator[Problem]:
    """What is wrong with rows: fields, kinds, ranges, uniqueness, computations, references to what is not there.

    Args:
        spec: what they ought to be.
        everything: the rows; of an entity that is not among them, the rows that the spec makes count as there.
    """
    by_name = {given.entity: given for given in everything}
    keys: dict[tuple[str, str], Collection[Any]] = {}
    for entity in spec.in_order():
        if entity.name in by_name:
            yield from _Look(spec, entity, by_name[entity.name], keys).problems()
        else:
            keys.update(_own_keys(spec, entity))


def _own_keys(spec: Spec, entity: Entity) -> dict[tuple[str, str], Collection[Any]]:
    rows = Rows(spec, entity.name)
    named = _named_fields(spec, entity)
    return {(entity.name, f.name): {rows.value(f, number) for number in range(entity.count)} for f in named}


def _named_fields(spec: Spec, entity: Entity) -> list[FieldSpec]:
    """The fields that others refer to."""
    kinds = [field.kind for other in spec.entities.values() for field in other.fields]
    named = {kind.field for kind in kinds if isinstance(kind, Reference) and kind.entity == entity.name}
    return [field for field in entity.fields if field.name in named]


class _Look:
    """One pass over the rows of one entity."""

    def __init__(self, spec: Spec, entity: Entity, given: Given, keys: dict[tuple[str, str], Collection[Any]]) -> None:
        self._spec, self._entity, self._given, self._keys = spec, entity, given, keys
        self._unique: dict[str, dict[Any, int]] = {
            field.name: {} for field in entity.fields if field.unique or field.name == entity.key
        }
        self._named = {field.name: set[Any]() for field in _named_fields(spec, entity)}
        self._own: list[tuple[int, int, FieldSpec, Any]] = []

    def problems(self) -> Iterator[Problem]:
        names = [field.name for field in self._entity.fields]
        line = self._given.first_line - 1
        for line, row in enumerate(self._given.rows, self._given.first_line):  # noqa: B007
            for name in row:
                if name not in names:
                    yield self._problem(line, 0, f"unknown field {name!r}", did_you_mean(str(name), names))
            typed = {field.name: self._typed(field, row.get(field.name)) for field in self._entity.fields}
            for column, field in enumerate(self._entity.fields, 1):
                yield from self._field(line, column, field, field.name in row, typed)
        self._keys.update({(self._entity.name, name): values for name, values in self._named.items()})
        for at, column, field, value in self._own:
            if value not in self._named[field.kind.field]:
                yield self._missing(at, column, field, value)
        if line < self._given.first_line and self._entity.count:
            yield Problem(self._given.file, 0, 0, f"there are no rows of {self._entity.name}")

    def _field(
        self, line: int, column: int, field: FieldSpec, there: bool, row: Mapping[str, Any]
    ) -> Iterator[Problem]:
        value, name = row[field.name], field.name
        if not there:
            yield self._problem(line, column, f"{name} is missing")
            return
        if value is None:
            if not field.null_ratio and not _may_be_nothing(field):
                yield self._problem(line, column, f"{name} has no value")
            return
        wrong = field.kind.wrong(value)
        if wrong:
            yield self._problem(line, column, f"{name}: {wrong}")
            return
        if name in self._unique:
            first = self._unique[name].setdefault(value, line)
            if first != line:
                yield self._problem(line, column, f"{name}: {value!r} is here twice", f"first in line {first}")
        if name in self._named:
            self._named[name].add(value)
        if isinstance(field.kind, Reference):
            yield from self._reference(line, column, field, value)
        if isinstance(field.kind, (Computed, Text)):
            yield from self._derived(line, column, field, value, row)

    def _reference(self, line: int, column: int, field: FieldSpec, value: Any) -> Iterator[Problem]:
        kind: Reference = field.kind
        if kind.entity == self._entity.name:
            self._own.append((line, column, field, value))
        elif value not in self._keys.get((kind.entity, kind.field), ()):
            yield self._missing(line, column, field, value)

    def _missing(self, line: int, column: int, field: FieldSpec, value: Any) -> Problem:
        kind: Reference = field.kind
        return self._problem(line, column, f"{field.name}: no {kind.entity} has the {kind.field} {value!r}")

    def _derived(
        self, line: int, column: int, field: FieldSpec, value: Any, row: Mapping[str, Any]
    ) -> Iterator[Problem]:
        if any(row.get(name) is None for name in field.kind.needs):
            return
        try:
            [expected] = field.kind.derive([[row[name]] for name in field.kind.needs])
        except (TypeError, ValueError, ArithmeticError):
            return  # what it follows from is wrong, and said to be so
        if expected != value and not _as_good_as(expected, value):
            yield self._problem(line, column, f"{field.name} is {value!r}, and {expected!r} follows from the others")

    def _typed(self, field: FieldSpec, value: Any) -> Any:
        """A value of CSV as what its field has; of elsewhere as it is."""
        if not self._given.texts or not isinstance(value, str):
            return value
        if value == "":
            return None
        kind = field.kind
        if isinstance(kind, Reference):
            named = self._spec.entity(kind.entity).field_named(kind.field)
            return self._typed(named, value) if named else value
        if isinstance(kind, (Number, Sequence, Computed)):
            return typed_text(value)
        if isinstance(kind, Choice):
            typed = typed_text(value)
            return typed if kind.wrong(value) and not kind.wrong(typed) else value
        return value

    def _problem(self, line: int, column: int, message: str, hint: str | None = None) -> Problem:
        return Problem(self._given.file, line, column, message, hint)


def _may_be_nothing(field: FieldSpec) -> bool:
    return isinstance(field.kind, Choice) and None in field.kind.values


def _as_good_as(expected: Any, value: Any) -> bool:
    """Equal but for the way in which a file writes it."""
    if isinstance(expected, (int, float)) and isinstance(value, (int, float)):
        return abs(expected - value) <= 1e-9 * max(abs(expected), abs(value), 1.0)
    return str(expected) == str(value)
