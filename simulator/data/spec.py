"""A data spec: what rows there are, and what they are made of, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any, Literal

from simulator.data.kind.reference import Reference
from simulator.errors import UsageError, did_you_mean

Mode = Literal["unique", "cycling", "shared"]
MODES: tuple[Mode, ...] = ("unique", "cycling", "shared")


@dataclass(frozen=True)
class FieldSpec:
    """One field.

    Attributes:
        name: unique in its entity.
        kind: makes its values; see `simulator.data.kind`.
        unique: no value twice.
        null_ratio: share of rows without a value, 0 to 1.
        line: where it is written; 0 when it came from elsewhere.
        column: where it is written.
    """

    name: str
    kind: Any
    unique: bool = False
    null_ratio: float = 0.0
    line: int = 0
    column: int = 0

    @property
    def by_number(self) -> bool:
        """Whether its values follow from the numbers of rows alone, so that others can refer to them."""
        return self.kind.ranked and not self.null_ratio and (self.unique or getattr(self.kind, "in_order", False))


@dataclass(frozen=True)
class Act:
    """One thing that is done to a system with a row, or with many.

    Attributes:
        way: table, sql, http, call, truncate or restore.
        what: table, statement, `DELETE /api/orders/{id}`, `module:function`, or tables separated by commas.
        database: by its name in the environment; empty text for the only one.
        of: the entity, for rules that are not about everything.
        gone: a query that counts what is still there; the rule is done again while it counts anything.
        file: where it is written.
        line: where it is written.
    """

    way: str
    what: str
    database: str = ""
    of: str = ""
    gone: str = ""
    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        return f"{self.way} {self.what}" + (f" of {self.of}" if self.of else "")


@dataclass(frozen=True)
class Entity:
    """One kind of rows.

    Attributes:
        name: unique in its spec.
        fields: in order.
        count: how many rows there are.
        key: the field that tells rows apart.
        into: how rows are put into a system; `None` for not at all.
        clean: how a row is taken away again; `None` when nothing says.
    """

    name: str
    fields: tuple[FieldSpec, ...]
    count: int = 0
    key: str = "id"
    into: Act | None = None
    clean: Act | None = None

    def field_named(self, name: str) -> FieldSpec | None:
        """The field of that name, or `None`."""
        return next((field for field in self.fields if field.name == name), None)


@dataclass(frozen=True)
class FeederSpec:
    """Rows that are handed out to users.

    Attributes:
        name: unique in its spec.
        mode: unique (each row once), cycling (to one user at a time, again and again), shared (to anybody).
        file: CSV, JSON Lines or Parquet; `None` when the rows come from elsewhere.
        sql: a query; empty text when the rows come from elsewhere.
        database: where the query is asked.
        entity: an entity of the spec; empty text when the rows come from elsewhere.
        within_s: how long a user waits for a row that is given back.
    """

    name: str
    mode: Mode = "unique"
    file: Path | None = None
    sql: str = ""
    database: str = ""
    entity: str = ""
    within_s: float = 10.0


@dataclass(frozen=True)
class Spec:
    """All of it.

    Attributes:
        entities: by name.
        seed: the same seed gives the same rows.
        locale: whose names and places.
        feeders: by name.
        clean: rules for everything, in order.
        file: where it is written; `None` when it came from elsewhere.
    """

    entities: Mapping[str, Entity]
    seed: int = 1
    locale: str = "en"
    feeders: Mapping[str, FeederSpec] = field(default_factory=dict)
    clean: tuple[Act, ...] = ()
    file: Path | None = None

    def entity(self, name: str) -> Entity:
        """The entity of that name.

        Raises:
            UsageError: there is none.
        """
        if name not in self.entities:
            raise UsageError(f"the data has no entity {name!r}", hint=did_you_mean(name, list(self.entities)))
        return self.entities[name]

    def in_order(self) -> list[Entity]:
        """The entities, each after those that it refers to.

        Raises:
            CycleError: they refer to each other.
        """
        needs = {
            name: {f.kind.entity for f in entity.fields if isinstance(f.kind, Reference)} - {name}
            for name, entity in self.entities.items()
        }
        return [self.entities[name] for name in TopologicalSorter(needs).static_order() if name in self.entities]


__all__ = ["MODES", "Act", "CycleError", "Entity", "FeederSpec", "FieldSpec", "Mode", "Spec"]
