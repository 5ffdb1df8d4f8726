"""A user's side of a database: statements, transactions, and rows that are to be there, now or soon."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from functools import lru_cache, partial
from typing import Any

import gevent

from simulator.data.store import Answer, Params, Store, StoreError
from simulator.journey.check import check
from simulator.journey.operation import Operation
from simulator.journey.queue.client import VISIBLE, Sent
from simulator.journey.track import Track
from simulator.journey.trouble import OperationFailed
from simulator.journey.within import seconds
from simulator.record.failure import Evidence

KIND = "database"
LOOK_EVERY_S = 0.02
LONGEST_NAME = 80
MOST_SHOWN = 10
_LITERAL = re.compile(r"'(?:[^']|'')*'|(?<![\w:.])\d+(?:\.\d+)?")
_SPACE = re.compile(r"\s+")

Run = Callable[[str, Params | None], Answer]


class Found(list[dict[str, Any]]):
    """Rows, in order.

    Attributes:
        touched: how many rows were returned, or changed.
    """

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.rows)
        self.touched = answer.count

    def one(self) -> dict[str, Any]:
        """The only row.

        Raises:
            CheckFailed: there are none, or several.
        """
        check(len(self) == 1, f"one row was expected, {len(self)} are there")
        return self[0]

    def value(self) -> Any:
        """The first value of the only row.

        Raises:
            CheckFailed: there are none, or several rows.
        """
        return next(iter(self.one().values()))


class Database:
    """One database, for one user.

    Args:
        name: as journeys call it.
        store: itself.
        track: the user's.
        timeout_s: the longest that a statement may take.
    """

    def __init__(self, name: str, store: Store, track: Track, timeout_s: float) -> None:
        self.name = name
        self._store, self._track, self._timeout_s = store, track, timeout_s

    def execute(self, sql: str, params: Params | None = None, *, name: str = "", within: str | float = 0) -> Found:
        """One statement, committed by itself.

        Args:
            sql: values are named in it, `:id`, and never pasted into it.
            params: the values.
            name: as it shall stand in reports; empty text for the statement without its literals.
            within: the longest that it may take; 0 for what the environment says.

        Raises:
            OperationFailed: the database refused; the step fails.
        """
        return self._measured(self._store.run, sql, params, name, within)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Statements that count together or not at all, as a `with` block; whatever is raised takes them back.

        Raises:
            OperationFailed: the database refused; the step fails.
        """
        try:
            with self._timed(self._timeout_s), self._store.transaction() as run:
                yield Transaction(self, run)
        except StoreError as error:
            self._track.operation(f"transaction {self.name}".strip(), KIND).fail(error.kind, str(error))
            raise OperationFailed(str(error)) from error

    def expect_rows(
        self, sql: str, params: Params | None = None, *, rows: Sequence[Mapping[str, Any]] | None = None,
        count: int | None = None, name: str = "",
    ) -> Found:  # fmt: skip
        """What a query returns, which must be as expected.

        Args:
            sql: the query.
            params: its values.
            rows: in order, with the columns that matter; `None` for any.
            count: how many; `None` for any number but none.
            name: see `execute`.

        Raises:
            CheckFailed: other rows are there; the step fails.
            OperationFailed: the database refused; the step fails.
        """
        found = self.execute(sql, params, name=name)
        wrong = unlike(found, rows, count)
        check(wrong is None, wrong or "")
        return found

    def eventually(
        self, sql: str, params: Params | None = None, *, rows: Sequence[Mapping[str, Any]] | None = None,
        count: int | None = None, within: str | float = "5s", since: Sent | float | None = None, name: str = "",
    ) -> Found:  # fmt: skip
        """What a query returns as soon as it is as expected; one operation, as long as that took.

        Args:
            sql: the query.
            params: its values.
            rows: in order, with the columns that matter; `None` for any.
            count: how many; `None` for any number but none.
            within: how long to wait.
            since: from when the time counts: what `send` returned, or seconds of the run's clock; `None` for now.
            name: see `execute`.

        Raises:
            OperationFailed: it was not in time, or the database refused; the step fails.
        """
        label = name or named(sql)
        operation = self._track.operation(f"{label}: {VISIBLE}" if since is not None else f"eventually {label}", KIND)
        started_s = operation.started_s
        if since is not None:
            operation.started_s = since.sent_s if isinstance(since, Sent) else since
        ends_s = started_s + seconds(within)
        while True:
            found = self._asked(operation, self._store.run, sql, params, max(0.05, ends_s - self._track.clock()))
            wrong = unlike(found, rows, count)
            if wrong is None:
                operation.succeed(collect=partial(_evidence, sql, params, found))
                return found
            if self._track.clock() >= ends_s:
                message = f"not within {seconds(within):g} s: {wrong}"
                operation.fail("not in time", message, collect=partial(_evidence, sql, params, found))
                raise OperationFailed(message)
            gevent.sleep(LOOK_EVERY_S)

    def _measured(self, run: Run, sql: str, params: Params | None, name: str, within: str | float) -> Found:
        operation = self._track.operation(name or named(sql), KIND)
        found = self._asked(operation, run, sql, params, seconds(within) or self._timeout_s)
        operation.succeed(collect=lambda: _evidence(sql, params, found))
        return found

    def _asked(self, operation: Operation, run: Run, sql: str, params: Params | None, within_s: float) -> Found:
        try:
            with self._timed(within_s):
                return Found(run(sql, params))
        except StoreError as error:
            message = str(error)
            operation.fail(error.kind, message, collect=lambda: _evidence(sql, params, None))
            raise OperationFailed(message) from error

    @contextmanager
    def _timed(self, within_s: float) -> Iterator[None]:
        timeout = gevent.Timeout(within_s)
        try:
            with timeout:
                yield
        except gevent.Timeout as late:
            if late is not timeout:
                raise
            raise StoreError("timeout", f"no answer within {within_s:g} s") from None


class Transaction:
    """Statements that count together."""

    def __init__(self, database: Database, run: Run) -> None:
        self._database, self._run = database, run

    def execute(self, sql: str, params: Params | None = None, *, name: str = "") -> Found:
        """One statement of the transaction; see `Database.execute`."""
        return self._database._measured(self._run, sql, params, name, 0)


@lru_cache(maxsize=1000)
def named(sql: str) -> str:
    """A statement as the name of an operation: on one line, without literals, not too long."""
    text = _SPACE.sub(" ", _LITERAL.sub("?", sql)).strip()
    return text if len(text) <= LONGEST_NAME else text[: LONGEST_NAME - 1] + "…"


def unlike(
    found: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]] | None, count: int | None
) -> str | None:
    """How rows differ from what was expected, in words; `None` when they do not."""
    if count is not None and len(found) != count:
        return f"{count} rows were expected, {len(found)} are there"
    if rows is None:
        return None if found or count is not None else "no row is there"
    if len(rows) != len(found):
        return f"{len(rows)} rows were expected, {len(found)} are there"
    for number, (expected, row) in enumerate(zip(rows, found, strict=True), 1):
        for column, value in expected.items():
            if column not in row:
                return f"row {number} has no column {column!r}; it has {', '.join(row)}"
            if not _same(value, row[column]):
                return f"row {number}: {column} is {row[column]!r}, {value!r} was expected"
    return None


def _same(expected: Any, value: Any) -> bool:
    if isinstance(value, Decimal) and isinstance(expected, (int, float)):
        return float(value) == float(expected)
    return bool(expected == value) or (
        isinstance(expected, str) and not isinstance(value, (str, int, float)) and expected == str(value)
    )


def _evidence(sql: str, params: Params | None, found: Sequence[Mapping[str, Any]] | None) -> list[Evidence]:
    lines = [sql.strip(), f"values: {dict(params or {})!r}"]
    if found is not None:
        lines += [f"{len(found)} rows", *(repr(dict(row)) for row in found[:MOST_SHOWN])]
    return [Evidence("statement.txt", "\n".join(lines).encode()[:100_000])]
