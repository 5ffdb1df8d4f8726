"""Takes away what a run created, the newest first; a rule that fails is told, and the others still run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from simulator.data.ledger import Created, Story
from simulator.data.reach import Reach, Refused
from simulator.data.spec import Act, Spec
from simulator.data.store import StoreError, listed, params_of
from simulator.errors import UsageError

GONE_WITHIN_S = 10.0
LOOK_EVERY_S = 0.2
MOST_TOLD = 5
BATCH = 500
GONE = (404, 410)
"""Statuses of what is not there, which is what was wanted."""


@dataclass(frozen=True)
class Cleaned:
    """What came of it.

    Attributes:
        done: how many things were taken away, or were not there any more.
        failures: what went wrong, in words; no more than `MOST_TOLD` for each rule.
    """

    done: int
    failures: Sequence[str]


def clean(
    spec: Spec, story: Story, reach: Reach, *, sleep: Callable[[float], object] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Cleaned:  # fmt: skip
    """Take away everything that a ledger names, then apply the rules that are about everything.

    Args:
        spec: whose rules.
        story: of the run's ledger.
        reach: where.
        sleep: waits between two looks at whether something is gone.
        clock: seconds.
    """
    cleaning = _Cleaning(spec, story, reach, sleep, clock)
    for of, entries in groupby(reversed(story.created), lambda created: created.of):
        cleaning.entity(of, list(entries))
    for rule in reversed(spec.clean):
        if not rule.of:
            cleaning.everything(rule)
    return Cleaned(cleaning.done, cleaning.failures)


class _Cleaning:
    """One pass."""

    def __init__(
        self, spec: Spec, story: Story, reach: Reach, sleep: Callable[[float], object], clock: Callable[[], float]
    ) -> None:
        self._spec, self._story, self._reach = spec, story, reach
        self._sleep, self._clock = sleep, clock
        self.done = self._failed = 0
        self.failures: list[str] = []
        self._told: dict[str, int] = {}

    def entity(self, of: str, entries: Sequence[Created]) -> None:
        """Take away some of an entity, the newest first."""
        rules = [rule for rule in self._rules(of) if rule is not None]
        if not rules:
            if not any(rule.way in ("truncate", "restore") for rule in self._spec.clean):
                self._fail(of, f"nothing says how {of} is taken away: {sum(len(e.keys) for e in entries)} stay")
            return
        failed = self._failed
        every = [values for entry in entries for values in self._values(of, entry)]
        for at in range(0, len(every), BATCH):
            for rule in rules:
                self._guarded(rule, lambda rule=rule, at=at: self._apply(rule, every[at : at + BATCH]))  # type: ignore[misc]
        self.done += max(0, len(every) - (self._failed - failed))

    def everything(self, rule: Act) -> None:
        """Apply a rule that is about everything."""
        self._guarded(rule, lambda: self._apply(rule, [{"run": self._reach.run}]))

    def _rules(self, of: str) -> list[Act | None]:
        entity = self._spec.entities.get(of)
        return [*(rule for rule in self._spec.clean if rule.of == of), entity.clean if entity else None]

    def _values(self, of: str, entry: Created) -> Iterator[dict[str, Any]]:
        entity = self._spec.entities.get(of)
        for key in reversed(entry.keys):
            yield {**entry.more, "key": key, "id": key, "run": self._reach.run, **({entity.key: key} if entity else {})}

    def _guarded(self, rule: Act, act: Callable[[], object]) -> None:
        try:
            act()
        except (StoreError, Refused, UsageError) as error:
            self._fail(str(rule), str(error))
        except Exception as error:
            self._fail(str(rule), f"{type(error).__name__}: {error}")

    def _apply(self, rule: Act, values: Sequence[dict[str, Any]]) -> None:
        ends_s = self._clock() + GONE_WITHIN_S
        self._once(rule, values)
        while rule.gone and (left := self._left(rule, values)):
            if self._clock() > ends_s:
                raise Refused(f"{left} are still there: {rule.gone}")
            self._sleep(LOOK_EVERY_S)
            self._once(rule, values)

    def _once(self, rule: Act, values: Sequence[dict[str, Any]]) -> None:
        if rule.way == "sql":
            self._sql(rule, values)
        elif rule.way == "http":
            for each in values:
                self._one(rule, each, lambda each=each: self._http(rule, each))  # type: ignore[misc]
        elif rule.way == "call":
            self._reach.function(rule.what)([each.get("key") for each in values], self._reach)
        elif rule.way == "truncate":
            self._truncate(rule)
        else:
            self._restore(rule)

    def _sql(self, rule: Act, values: Sequence[dict[str, Any]]) -> None:
        store = self._reach.stores.named(rule.database)
        try:
            store.run_many(rule.what, values)
        except StoreError:
            if len(values) == 1:
                raise
            for each in values:
                self._one(rule, each, lambda each=each: store.run(rule.what, params_of(rule.what, each)))  # type: ignore[misc]

    def _one(self, rule: Act, values: dict[str, Any], act: Callable[[], object]) -> None:
        try:
            act()
        except (StoreError, Refused) as error:
            self._fail(str(rule), f"{values.get('key')}: {error}")

    def _http(self, rule: Act, values: dict[str, Any]) -> None:
        try:
            self._reach.http(rule.what, values)
        except Refused as error:
            if error.status not in GONE:
                raise

    def _left(self, rule: Act, values: Sequence[dict[str, Any]]) -> int:
        store = self._reach.stores.named(rule.database)
        total = 0
        for each in values if params_of(rule.gone, values[0]) else values[:1]:
            [row] = store.run(rule.gone, params_of(rule.gone, each)).rows
            total += int(next(iter(row.values())) or 0)
        return total

    def _truncate(self, rule: Act) -> None:
        store, tables = self._reach.stores.named(rule.database), listed(rule.what)
        if store.dialect == "postgresql":
            store.run(f"truncate table {', '.join(tables)}")
        else:
            for table in tables:
                store.run(f"delete from {table}")

    def _restore(self, rule: Act) -> None:
        """Put the tables back as they were when the run began."""
        store = self._reach.stores.named(rule.database)
        copies = {
            t: c for database, made in self._story.snapshots if database == rule.database for t, c in made.items()
        }
        tables = [table for table in listed(rule.what) if table in copies]
        with store.transaction() as run:
            for table in reversed(tables):
                run(f"delete from {table}", None)
            for table in tables:
                run(f"insert into {table} select * from {copies[table]}", None)
        for table in tables:
            store.run(f"drop table {copies[table]}")

    def _fail(self, rule: str, message: str) -> None:
        self._failed += 1
        told = self._told[rule] = self._told.get(rule, 0) + 1
        if told < MOST_TOLD:
            self.failures.append(f"{rule}: {message}")
        elif told == MOST_TOLD:
            self.failures.append(f"{rule}: … and more like it")
