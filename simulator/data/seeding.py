"""Puts the rows of a spec into a system, in the order of their references, and writes down each before it goes in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from simulator.data.chance import digest
from simulator.data.ledger import Ledger
from simulator.data.reach import Reach, Refused
from simulator.data.rows import Row, Rows
from simulator.data.spec import Act, Entity, Spec
from simulator.data.store import StoreError, listed
from simulator.errors import BringUpError

BATCH = 1000


def seed(spec: Spec, reach: Reach, ledger: Ledger, tell: Callable[[str], object] = lambda text: None) -> int:
    """Put in every row of the entities that have `into`; returns how many.

    Raises:
        BringUpError: a row was refused; what went in before it stands in the ledger.
    """
    for act in spec.clean:
        if act.way == "restore":
            _snapshot(act, reach, ledger)
    total = 0
    for entity in spec.in_order():
        if entity.into is None or not entity.count:
            continue
        tell(f"data: {entity.count} {entity.name} into {entity.into.what}")
        for rows in _batches(Rows(spec, entity.name), BATCH):
            ledger.created(entity.name, [row.get(entity.key) for row in rows])
            _put(entity, entity.into, rows, reach, ledger)
            total += len(rows)
    return total


def _put(entity: Entity, act: Act, rows: list[Row], reach: Reach, ledger: Ledger) -> None:
    inside = 0
    try:
        if act.way == "table":
            reach.stores.named(act.database).insert(act.what, rows)  # all of them, or none
        elif act.way == "http":
            for row in rows:
                answer = reach.http(act.what, row, row)
                inside += 1
                given = answer.get(entity.key) if isinstance(answer, dict) else None
                if given is not None and given != row.get(entity.key):
                    ledger.created(entity.name, [given])
        else:
            keys: Any = reach.function(act.what)(rows, reach)
            if keys:
                ledger.created(entity.name, list(keys))
    except (StoreError, Refused) as error:
        if _surely_refused(error):
            ledger.refused(entity.name, [row.get(entity.key) for row in rows[inside:]])
        place = f"{act.file}:{act.line}" if act.line else "data"
        raise BringUpError(f"{place}: {entity.name} cannot be put in: {error}") from error


def _surely_refused(error: StoreError | Refused) -> bool:
    """Whether nothing of what was sent can have gone in; after a lost connection nobody knows."""
    return error.kind == "integrity" if isinstance(error, StoreError) else 400 <= error.status < 500


def _snapshot(act: Act, reach: Reach, ledger: Ledger) -> None:
    """Copy tables beside themselves, so that `restore` can put them back."""
    store = reach.stores.named(act.database)
    for table in listed(act.what):
        copy = f"simulator_{digest(reach.run, table):016x}"
        ledger.snapshot(act.database, {table: copy})
        try:
            store.run(f"create table {copy} as select * from {table}")
        except StoreError as error:
            raise BringUpError(f"{act.file}:{act.line}: {table} cannot be copied: {error}") from error


def _batches(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    iterator = iter(rows)
    while batch := list(islice(iterator, size)):
        yield batch
