"""A database, reached through SQLAlchemy: the one place that knows it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

DRIVERS = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mysql+pymysql",
}
_NAMED = re.compile(r"(?<![:\w\\]):([A-Za-z_]\w*)")
_PASSWORD = re.compile(r"(?<=://)([^:/@]*):[^@/]*(?=@)")
_KINDS = (("IntegrityError", "integrity"), ("QueryCanceled", "timeout"), ("LockNotAvailable", "timeout"))

Params = Mapping[str, Any]
Apply = Callable[..., Any]


class StoreError(Exception):
    """The database refused.

    Attributes:
        kind: integrity, timeout, refused (it cannot be reached), or database.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True)
class Answer:
    """What a statement came to.

    Attributes:
        rows: what it returned, in order; empty when it returns nothing.
        count: rows that were returned, or touched.
    """

    rows: list[dict[str, Any]]
    count: int


class Store:
    """One database.

    Args:
        url: `postgresql://…`, `mysql://…`, `mariadb://…`, `sqlite:///file`, or any other of SQLAlchemy's.
        pool: how many connections at most.
        timeout_s: the longest that a statement, or waiting for a connection, may take.
        aside: runs a function in the one thread that may touch a SQLite file; `None` for right here.

    Raises:
        UsageError: the address is none, or its driver is not installed.
    """

    def __init__(self, url: str, *, pool: int = 20, timeout_s: float = 30.0, aside: Apply | None = None) -> None:
        try:
            import sqlalchemy
            from sqlalchemy.exc import ArgumentError, NoSuchModuleError
        except ImportError:
            raise UsageError("databases need SQLAlchemy", hint="pip install 'simulator[sql]'") from None
        self._sqlalchemy = sqlalchemy
        self._statements: dict[str, Any] = {}
        try:
            self._engine = self._made(url, pool, timeout_s)
        except (ArgumentError, NoSuchModuleError) as error:
            raise UsageError(f"{masked(url)!r} is no address of a database: {error}") from error
        except ImportError as error:
            raise UsageError(
                f"the driver of {masked(url)!r} is missing: {error}", hint="pip install 'simulator[sql]'"
            ) from error
        self.dialect = self._engine.dialect.name
        self._aside: Apply = aside if aside and self.dialect == "sqlite" else _here
        self._single = self._engine.execution_options(isolation_level="AUTOCOMMIT")

    def _made(self, url: str, pool: int, timeout_s: float) -> Engine:
        make = self._sqlalchemy.create_engine
        scheme, colon, rest = url.partition("://")
        address = self._sqlalchemy.engine.make_url(f"{DRIVERS.get(scheme, scheme)}{colon}{rest}")
        name = address.get_backend_name()
        if name == "sqlite":
            arguments: dict[str, Any] = {"timeout": timeout_s, "check_same_thread": False}
            return make(address, poolclass=self._sqlalchemy.pool.StaticPool, connect_args=arguments)
        arguments = {}
        if name == "postgresql":
            arguments = {
                "options": f"-c statement_timeout={round(timeout_s * 1000)}",
                "connect_timeout": max(2, round(timeout_s)),
            }
        elif name == "mysql":
            arguments = dict.fromkeys(("connect_timeout", "read_timeout", "write_timeout"), max(1, round(timeout_s)))
        return make(
            address, pool_size=pool, max_overflow=0, pool_timeout=timeout_s, pool_pre_ping=False, connect_args=arguments
        )

    def run(self, sql: str, params: Params | None = None) -> Answer:
        """One statement, by itself.

        Raises:
            StoreError: the database refused.
        """
        return self._aside(self._run, sql, params)  # type: ignore[no-any-return]

    def run_many(self, sql: str, params: Sequence[Params]) -> int:
        """One statement for many sets of values, all or none; returns how many rows were touched.

        Raises:
            StoreError: the database refused.
        """
        return self._aside(self._run_many, sql, params)  # type: ignore[no-any-return]

    def insert(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Put rows into a table, all or none.

        Raises:
            StoreError: the database refused.
        """
        self._aside(self._insert, table, rows)

    @contextmanager
    def transaction(self) -> Iterator[Callable[[str, Params | None], Answer]]:
        """What runs a statement inside of one transaction; an exception takes all of it back.

        Raises:
            StoreError: the database refused.
        """
        connection: Connection = self._aside(self._begun)
        try:
            yield lambda sql, params: self._aside(self._answer, connection, sql, params)
            self._aside(self._ended, connection, True)
        except Exception:
            self._aside(self._ended, connection, False)
            raise
        except BaseException:
            self._aside(connection.invalidate)
            raise

    def close(self) -> None:
        """Let go of every connection."""
        self._aside(self._engine.dispose)

    def _run(self, sql: str, params: Params | None) -> Answer:
        with self._connected(self._single) as connection:
            return self._answer(connection, sql, params)

    def _run_many(self, sql: str, params: Sequence[Params]) -> int:
        with self._connected(self._engine) as connection, connection.begin():
            named = self._named(sql)
            result = connection.execute(
                self._statement(sql), [{name: each.get(name) for name in named} for each in params]
            )
            return int(result.rowcount)

    def _insert(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        sqlalchemy = self._sqlalchemy
        schema, _, name = table.rpartition(".")
        into = sqlalchemy.table(name, *map(sqlalchemy.column, rows[0]), schema=schema or None)
        with self._connected(self._engine) as connection, connection.begin():
            connection.execute(sqlalchemy.insert(into), [dict(row) for row in rows])

    def _begun(self) -> Connection:
        with self._translated():
            connection = self._engine.connect()
            connection.begin()
            return connection

    def _ended(self, connection: Connection, good: bool) -> None:
        with self._translated(), connection:
            transaction = connection.get_transaction()
            if transaction is not None:
                transaction.commit() if good else transaction.rollback()

    def _answer(self, connection: Connection, sql: str, params: Params | None) -> Answer:
        with self._translated():
            result = connection.execute(self._statement(sql), dict(params or {}))
            if not result.returns_rows:
                return Answer([], int(result.rowcount))
            rows = [dict(row) for row in result.mappings()]
            return Answer(rows, len(rows))

    @contextmanager
    def _connected(self, engine: Engine) -> Iterator[Connection]:
        with self._translated(), engine.connect() as connection:
            try:
                yield connection
            except Exception:
                raise
            except BaseException:
                connection.invalidate()  # stopped in the middle of a statement: nobody else may read its answer
                raise

    @contextmanager
    def _translated(self) -> Iterator[None]:
        error_class = self._sqlalchemy.exc.SQLAlchemyError
        try:
            yield
        except error_class as error:
            raise _told(error) from error

    def _statement(self, sql: str) -> Any:
        statement = self._statements.get(sql)
        if statement is None:
            if len(self._statements) > 1000:
                self._statements.clear()
            statement = self._statements[sql] = self._sqlalchemy.text(sql)
        return statement

    @staticmethod
    def _named(sql: str) -> list[str]:
        return _NAMED.findall(sql)


class Stores:
    """The databases of an environment, each opened when it is first needed.

    Args:
        urls: by name.
        make: opens one.
    """

    def __init__(self, urls: Mapping[str, str], make: Callable[[str], Store] = Store) -> None:
        self._urls, self._make = dict(urls), make
        self._open: dict[str, Store] = {}

    def named(self, name: str = "") -> Store:
        """The database of that name, or the only one.

        Raises:
            UsageError: there is none.
        """
        if not name and len(self._urls) == 1:
            [name] = self._urls
        if name not in self._urls:
            known = did_you_mean(name, list(self._urls)) or "name it under `databases` of the environment"
            raise UsageError(f"there is no database {name!r}" if name else "which database?", hint=known)
        if name not in self._open:
            self._open[name] = self._make(self._urls[name])
        return self._open[name]

    def close(self) -> None:
        """Close all."""
        while self._open:
            self._open.popitem()[1].close()


def params_of(sql: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the values that a statement names."""
    return {name: values[name] for name in _NAMED.findall(sql) if name in values}


def masked(url: str) -> str:
    """An address without its password."""
    return _PASSWORD.sub(r"\1:***", url)


def listed(text: str) -> list[str]:
    """Names separated by commas."""
    return [name.strip() for name in text.split(",") if name.strip()]


def _here(act: Callable[..., Any], *args: Any) -> Any:
    return act(*args)


def _told(error: Any) -> StoreError:
    original = getattr(error, "orig", None) or error
    names = {cls.__name__ for cls in type(original).__mro__} | {cls.__name__ for cls in type(error).__mro__}
    message = " ".join(str(original).split())[:500]
    for name, kind in _KINDS:
        if name in names:
            return StoreError(kind, message)
    if "TimeoutError" in names or "statement timeout" in message or "timed out" in message:
        return StoreError("timeout", message)
    gone = "OperationalError" in names and re.search(r"connect|closed|refused|lost", message, re.IGNORECASE)
    return StoreError("refused" if gone else "database", message)
