"""Where the rows of a feeder come from: a file, a query, or an entity of the spec."""

from __future__ import annotations

from pathlib import Path

from simulator.data.form import read_rows
from simulator.data.lease import in_one_order
from simulator.data.rows import Row, Rows
from simulator.data.spec import FeederSpec, Spec
from simulator.data.store import Stores


def rows_for(spec: Spec, feeder: FeederSpec, stores: Stores) -> list[Row]:
    """All rows of a feeder, in an order that is the same on every worker.

    Raises:
        UsageError: a file cannot be read, or there is no such database.
        StoreError: the query was refused.
    """
    if feeder.entity:
        return list(Rows(spec, feeder.entity))
    if feeder.sql:
        return in_one_order(stores.named(feeder.database).run(feeder.sql).rows)
    assert feeder.file is not None
    return list(read_rows(feeder.file))


def size_of(spec: Spec, feeder: FeederSpec) -> int | None:
    """How many rows a feeder has, as far as that is known before the run; `None` for a query."""
    if feeder.entity:
        return spec.entity(feeder.entity).count
    return None if feeder.file is None else sum(1 for _ in read_rows(Path(feeder.file)))
