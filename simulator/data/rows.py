"""Makes rows: block by block for whole sets, one by one for users; the same seed gives the same rows everywhere.

A set is made in blocks of `BLOCK` rows. Chance of a field in a block follows from (seed, entity, field, block), so
blocks can be made in any order by any number of workers, and a further field changes nothing about the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any

from simulator.data.chance import digest, in_base_36, permuted, random_of
from simulator.data.kind.derived import Computed, Text
from simulator.data.kind.reference import Reference
from simulator.data.spec import Entity, FieldSpec, Spec
from simulator.errors import UsageError

if TYPE_CHECKING:
    from mimesis.random import Random

BLOCK = 1000

Row = dict[str, Any]
Columns = dict[str, list[Any]]


class Rows:
    """The rows of one entity of a spec.

    Args:
        spec: the whole spec.
        name: the entity's name.
        run: the run that rows beyond the set are made for; they take other values than those of other runs.

    Raises:
        UsageError: there is no such entity.
    """

    def __init__(self, spec: Spec, name: str, run: str = "") -> None:
        self.spec = spec
        self._shift = digest("run", run)
        self.entity: Entity = spec.entity(name)
        self._keys = {field.name: digest(spec.seed, name, field.name) for field in self.entity.fields}

    @property
    def names(self) -> list[str]:
        """The names of the fields, in order."""
        return [field.name for field in self.entity.fields]

    def block(self, index: int) -> Columns:
        """The columns of a block; shorter for the last one, empty behind it."""
        first = index * BLOCK
        numbers = range(first, min(first + BLOCK, self.entity.count))
        return self.columns(numbers, lambda what: random_of(self.spec.seed, self.entity.name, what, index))

    def blocks(self) -> range:
        """The indices of all blocks."""
        return range(-(-self.entity.count // BLOCK))

    def __iter__(self) -> Iterator[Row]:
        for index in self.blocks():
            yield from rows_of(self.block(index))

    def columns(
        self,
        numbers: Sequence[int],
        random: Callable[[str], Random],
        token: str = "",
        given: Mapping[str, Any] | None = None,
    ) -> Columns:
        """The columns of rows.

        Args:
            numbers: of the rows, from 0.
            random: gives the source of chance for a field.
            token: stands in values that must be unique, so that no other run has them; empty text for none.
            given: fields whose values are known already, the same in each row.
        """
        made: Columns = {}
        for field in self._order:
            if given and field.name in given:
                made[field.name] = [given[field.name]] * len(numbers)
                continue
            column = self._column(field, numbers, random, made)
            if field.unique and not field.kind.ranked and not isinstance(field.kind, Reference):
                column = [_marked(value, token + in_base_36(n)) for value, n in zip(column, numbers, strict=True)]
            if field.null_ratio:
                chance = random(f"{field.name}?").random
                column = [None if chance() < field.null_ratio else value for value in column]
            made[field.name] = column
        return {name: made[name] for name in self.names}

    def value(self, field: FieldSpec, number: int) -> Any:
        """The value of a field that follows from the number of a row."""
        if getattr(field.kind, "in_order", False):
            return field.kind.at(number)
        size, count = field.kind.size, self.entity.count
        if number >= size:
            raise UsageError(f"{self.entity.name}.{field.name} has {size} different values, row {number + 1} has none")
        if number >= count:
            number = count + (number - count + self._shift) % (size - count)
        return field.kind.at(permuted(number, size, self._keys[field.name]))

    @cached_property
    def _order(self) -> list[FieldSpec]:
        """The fields, each after those that it follows from."""
        needs = {field.name: getattr(field.kind, "needs", ()) for field in self.entity.fields}
        known = {field.name: field for field in self.entity.fields}
        return [known[name] for name in TopologicalSorter(needs).static_order()]

    @cached_property
    def _parents(self) -> dict[str, Rows]:
        return {
            field.name: Rows(self.spec, field.kind.entity)
            for field in self.entity.fields
            if isinstance(field.kind, Reference)
        }

    def _column(
        self, field: FieldSpec, numbers: Sequence[int], random: Callable[[str], Random], made: Columns
    ) -> list[Any]:
        kind = field.kind
        if field.by_number or (field.unique and kind.ranked):
            return [self.value(field, number) for number in numbers]
        if isinstance(kind, (Text, Computed)):
            return kind.derive([made[name] for name in kind.needs])
        if isinstance(kind, Reference):
            return self._referred(field, numbers, random)
        drawn: list[Any] = kind.draw(random(field.name), len(numbers))
        return drawn

    def _referred(self, field: FieldSpec, numbers: Sequence[int], random: Callable[[str], Random]) -> list[Any]:
        kind: Reference = field.kind
        parent = self._parents[field.name]
        among, named = parent.entity.count, parent.entity.field_named(kind.field)
        assert named is not None
        if not among:
            raise UsageError(f"{self.entity.name}.{field.name} refers to {kind.entity}, of which there are no rows")
        if field.unique and numbers[-1] >= among:
            raise UsageError(f"each of the {among} rows of {kind.entity} is referred to already")
        if field.unique:
            rows = [permuted(number, among, self._keys[field.name]) for number in numbers]
        else:
            rows = kind.rows(random(field.name), len(numbers), among)
        return [parent.value(named, number) for number in rows]


def rows_of(columns: Columns) -> Iterator[Row]:
    """The rows of columns."""
    names = list(columns)
    for values in zip(*columns.values(), strict=True):
        yield dict(zip(names, values, strict=True))


def with_count(spec: Spec, entity: str, count: int) -> Spec:
    """The spec with another number of rows of an entity."""
    return replace(spec, entities={**spec.entities, entity: replace(spec.entity(entity), count=count)})


def _marked(value: Any, mark: str) -> str:
    """A text that nobody else has: with a mark before the sign of an e-mail address, else at its end."""
    local, at, domain = str(value).partition("@")
    return f"{local}.{mark}@{domain}" if at else f"{value}-{mark}"
