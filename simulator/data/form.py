"""Rows as bytes of a file: CSV, JSON Lines, SQL, Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import orjson

from simulator.data.rows import Columns, rows_of
from simulator.errors import UsageError

Encode = Callable[[str, Columns], bytes]


def csv_bytes(table: str, columns: Columns) -> bytes:
    """Lines of CSV (RFC 4180) without a heading; nothing stands for no value."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(zip(*map(_plain, columns.values()), strict=True))
    return text.getvalue().encode()


def csv_heading(names: Sequence[str]) -> bytes:
    """The first line."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(names)
    return text.getvalue().encode()


def jsonl_bytes(table: str, columns: Columns) -> bytes:
    """A JSON object a line."""
    dump = orjson.dumps
    return b"".join(dump(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows_of(columns))


def sql_bytes(table: str, columns: Columns) -> bytes:
    """An INSERT statement a row, as standard SQL has it."""
    start = f"INSERT INTO {_name(table)} ({', '.join(map(_name, columns))}) VALUES ("
    rows = zip(*columns.values(), strict=True)
    return "".join(f"{start}{', '.join(map(_literal, row))});\n" for row in rows).encode()


FORMS: Mapping[str, Encode] = {"csv": csv_bytes, "jsonl": jsonl_bytes, "sql": sql_bytes}
"""Forms whose pieces can be put together as they come."""

FORMATS = (*FORMS, "parquet")


class ParquetFile:
    """A Parquet file that is written piece by piece.

    Args:
        file: where it goes.

    Raises:
        UsageError: pyarrow is not installed.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._arrow = arrow()
        self._file = file
        self._writer: Any = None

    def add(self, columns: Columns) -> None:
        """More rows."""
        import pyarrow.parquet as parquet

        table = self._arrow.table(columns, schema=self._writer.schema if self._writer else None)
        if self._writer is None:
            self._writer = parquet.ParquetWriter(self._file, table.schema)
        self._writer.write_table(table)

    def __enter__(self) -> ParquetFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer is not None:
            self._writer.close()


def arrow() -> Any:
    """The library that knows Parquet.

    Raises:
        UsageError: it is not installed.
    """
    try:
        import pyarrow
    except ImportError:
        raise UsageError("Parquet needs pyarrow", hint="pip install 'simulator[data]'") from None
    return pyarrow


def read_rows(path: Path) -> Iterable[dict[str, Any]]:
    """The rows of a CSV, JSON Lines or Parquet file, by its name's end; values of CSV are texts.

    Raises:
        UsageError: the file cannot be read as what its name says.
    """
    try:
        if path.suffix == ".csv":
            with path.open(encoding="utf-8-sig", newline="") as file:
                yield from csv.DictReader(file, restkey="(more)")
        elif path.suffix in (".jsonl", ".ndjson"):
            with path.open("rb") as lines:
                for number, line in enumerate(lines, 1):
                    if line.strip():
                        yield _object(path, number, line)
        elif path.suffix == ".parquet":
            arrow()
            import pyarrow.parquet as parquet

            for batch in parquet.ParquetFile(path).iter_batches(10_000):
                yield from batch.to_pylist()
        else:
            raise UsageError(f"{path} is no file of rows", hint="its name ends with .csv, .jsonl or .parquet")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error


def _object(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise UsageError(f"{path}:{number}: this is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise UsageError(f'{path}:{number}: a row is an object, like {{"id": 1}}')
    return found


def _plain(values: Sequence[Any]) -> Sequence[Any]:
    """Values as CSV has them."""
    if any(value is True or value is False for value in values[:1]):
        return [value if value is None else str(value).lower() for value in values]
    if values and isinstance(values[0], (date, datetime)):
        return [value if value is None else value.isoformat() for value in values]
    return values


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        return repr(value)
    text = value.isoformat() if isinstance(value, date) else str(value)
    return "'" + text.replace("'", "''") + "'"
