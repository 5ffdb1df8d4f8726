"""`data.sqlite`: the measured data of a run, appended while it runs, readable at any moment and after any death.

One commit a second. The newest seconds stand as they came; when their minute is over they are folded into one packed
row per series and minute, and at the run's end each series gets one row with its totals.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgpack

from simulator.errors import RunError, UsageError
from simulator.record.cell import Cell
from simulator.record.failure import Failure
from simulator.record.measurements import Measurements
from simulator.record.sample import PhaseSpan, Reading, SeriesKey
from simulator.record.trace import Trace
from simulator.record.trace_table import TraceTable
from simulator.record.window import Window

FORMAT = 1
FILE_NAME = "data.sqlite"
CACHE_KIB = 256
"""Of the file, in memory: what is appended is not read again, but for the seconds of the last minute."""
LARGEST_BLOB_BYTES = 64 * 1024 * 1024


class DataWriter:
    """Writes a run's data file.

    Raises:
        RunError: the file cannot be written (disk full, folder gone, read-only); what was committed stays readable.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ids: dict[SeriesKey, int] = {}
        self._gauges: dict[tuple[str, str], int] = {}
        self._failures: dict[str, Failure] = {}
        self._traces = TraceTable(_pack)
        self._open_minute = 0
        try:
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            # A network file system has no shared memory for WAL; SQLite then answers with the mode it keeps.
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.execute(f"PRAGMA cache_size={-CACHE_KIB}")
            self._db.executescript(files("simulator.record").joinpath("schema.sql").read_text())
            self.note("format", FORMAT)
        except sqlite3.Error as error:
            raise self._lost(error) from error

    def note(self, key: str, value: Any) -> None:
        """Keep a fact about the run, as JSON, replacing what was kept under the same key."""
        self._write([("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, json.dumps(value)))])

    def event(self, at_s: float, kind: str, text: str) -> None:
        """Keep something that happened to the run itself."""
        self._write([("INSERT INTO event VALUES (?, ?, ?)", (at_s, kind, text))])

    def phases(self, spans: Sequence[PhaseSpan]) -> None:
        """Keep the phases that have begun so far."""
        rows = [
            ("INSERT OR REPLACE INTO phase VALUES (?, ?, ?, ?, ?)", (at, s.name, s.start_s, s.end_s, int(s.measured)))
            for at, s in enumerate(spans)
        ]
        self._write(rows)

    def append(self, window: Window) -> None:
        """Commit one window: when this returns, it survives the death of the process."""
        if not self._path.exists():  # SQLite would go on writing to a file that nobody can find any more
            raise RunError(f"{self._path} was taken away", hint="leave a run's folder alone until the run is over")
        if window.second // 60 > self._open_minute:
            self._fold_minutes(window.second // 60)
        self._write(self._rows_of(window))

    def finish(self, totals: Mapping[SeriesKey, Cell]) -> None:
        """Fold what is left, write the totals of all that was appended, and close the file."""
        self._fold_minutes(None)
        rows = [
            ("INSERT OR REPLACE INTO total VALUES (?, ?)", (number, _pack(totals[key].to_plain())))
            for key, number in self._ids.items()
        ]
        self._write([*rows, ("INSERT OR REPLACE INTO meta VALUES ('complete', 'true')", ())])
        try:
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._db.execute("PRAGMA journal_mode=DELETE")
            self._db.close()
        except sqlite3.Error as error:
            raise self._lost(error) from error

    def _rows_of(self, window: Window) -> list[tuple[str, Sequence[Any]]]:
        rows: list[tuple[str, Sequence[Any]]] = []
        cells = []
        for key, cell in window.parts():
            cells.append([self._series(key, rows), cell.to_plain()])
        if cells:  # packed lightly: it is packed again with its minute
            rows.append(("INSERT INTO recent (second, cells) VALUES (?, ?)", (window.second, _pack(cells, 1))))
        for failure in window.failures.values():
            rows.append(self._failure(failure))
        for reading in window.readings:
            gauge = self._gauge(reading, rows)
            rows.append(("INSERT INTO reading VALUES (?, ?, ?)", (gauge, reading.at_s, reading.value)))
        for trace in window.traces:
            rows += self._traces.rows_of(trace)
        return rows

    def _series(self, key: SeriesKey, rows: list[tuple[str, Sequence[Any]]]) -> int:
        known = self._ids.get(key)
        if known is None:
            known = self._ids[key] = len(self._ids) + 1
            rows.append(("INSERT INTO series VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (known, *key)))
        return known

    def _gauge(self, reading: Reading, rows: list[tuple[str, Sequence[Any]]]) -> int:
        name = (reading.source, reading.metric)
        known = self._gauges.get(name)
        if known is None:
            known = self._gauges[name] = len(self._gauges) + 1
            rows.append(("INSERT INTO gauge VALUES (?, ?, ?, ?)", (known, *name, reading.unit)))
        return known

    def _failure(self, failure: Failure) -> tuple[str, Sequence[Any]]:
        kind = json.dumps(failure.key)
        known = self._failures.setdefault(kind, failure)
        if known is not failure:
            known.merge(failure)
        plain = known.to_plain()
        plain[5] = []  # evidence lies in files beside this one
        return "INSERT OR REPLACE INTO failure VALUES (?, ?)", (kind, _pack(plain))

    def _fold_minutes(self, before: int | None) -> None:
        """Pack the seconds of every minute before this one (all when `None`)."""
        limit = before * 60 if before is not None else 2**62
        grouped: dict[tuple[int, int], list[Any]] = {}
        for second, blob in self._db.execute("SELECT second, cells FROM recent WHERE second < ?", (limit,)):
            for series, plain in _unpack(blob):
                grouped.setdefault((series, second // 60), []).append([second, plain])
        rows: list[tuple[str, Sequence[Any]]] = []
        for (series, minute), seconds in grouped.items():
            earlier = self._db.execute(
                "SELECT cells FROM minute WHERE series=? AND minute=?", (series, minute)
            ).fetchone()
            packed = _pack([*(_unpack(earlier[0]) if earlier else []), *seconds])
            rows.append(("INSERT OR REPLACE INTO minute VALUES (?, ?, ?)", (series, minute, packed)))
        self._write([*rows, ("DELETE FROM recent WHERE second < ?", (limit,))])
        if before is not None:
            self._open_minute = before

    def _write(self, rows: Iterable[tuple[str, Sequence[Any]]]) -> None:
        try:
            self._db.execute("BEGIN")
            for statement, values in rows:
                self._db.execute(statement, values)
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise self._lost(error) from error

    def _lost(self, error: sqlite3.Error) -> RunError:
        return RunError(
            f"the run's data cannot be written to {self._path}: {error}",
            hint="free space or choose another folder with --out; what was written before this stays readable",
        )


class DataReader:
    """Reads a data file, also of a run that is still going on or was killed; never writes to it.

    Raises:
        UsageError: the file is missing, is not ours, or is damaged.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        if not path.is_file():
            raise UsageError(f"{path} does not exist", hint="name a run folder, such as reports/<time>-<build>")
        try:
            self._db = self._open()
            self._meta = {key: json.loads(value) for key, value in self._db.execute("SELECT key, value FROM meta")}
            rows = self._db.execute("SELECT id, level, user, journey, step, name, kind, phase FROM series")
            self._series = {row[0]: SeriesKey(*row[1:]) for row in rows}
        except (sqlite3.Error, ValueError) as error:
            raise self._damaged(error) from error
        if self._meta.get("format") != FORMAT:
            raise UsageError(
                f"{path} has format {self._meta.get('format')}, this version reads {FORMAT}",
                hint="read it with the version of simulator that wrote it",
            )
        self._ids = {key: number for number, key in self._series.items()}

    def meta(self, key: str) -> Any:
        """A fact about the run, or `None`."""
        return self._meta.get(key)

    @property
    def complete(self) -> bool:
        """Whether the run came to its end and wrote its totals."""
        return bool(self._meta.get("complete"))

    def events(self) -> list[tuple[float, str, str]]:
        """What happened to the run itself: seconds since it began, kind, text."""
        return list(self._query("SELECT at_s, kind, text FROM event ORDER BY at_s"))

    def traces(self) -> list[Trace]:
        """Journeys that were kept span by span, in order of time; a file of before has none."""
        if not self._query("SELECT 1 FROM sqlite_master WHERE type='table' AND name='trace'"):
            return []
        found = [Trace.from_plain(self._unpacked(blob)) for (blob,) in self._query("SELECT value FROM trace")]
        return sorted(found, key=lambda trace: trace.at_s)

    def measurements(self) -> Measurements:
        """Everything that was measured; single seconds are read when they are asked for."""
        measured = StoredMeasurements(self, tuple(self.meta("limits_s") or ()))
        for name, start_s, end_s, is_measured in self._query(
            "SELECT name, start_s, end_s, measured FROM phase ORDER BY id"
        ):
            measured.phases.append(PhaseSpan(name, start_s, end_s, bool(is_measured)))
        for (blob,) in self._query("SELECT value FROM failure"):
            failure = Failure.from_plain(self._unpacked(blob))
            measured.failures[failure.key] = failure
        window = Window(self._last_second())
        window.readings = [
            Reading(*row)
            for row in self._query(
                "SELECT source, metric, unit, at_s, value FROM reading JOIN gauge ON gauge.id = gauge ORDER BY at_s"
            )
        ]
        measured.add(window)
        measured.totals.update(self._totals())
        return measured

    def seconds_of(self, key: SeriesKey) -> dict[int, Cell]:
        """One series second by second, in order of time."""
        found: dict[int, Cell] = {}
        for second, plain in self.plain_seconds_of(key):
            _count(found, second, Cell.from_plain(plain))
        return dict(sorted(found.items()))

    def plain_seconds_of(self, key: SeriesKey) -> list[tuple[int, Sequence[Any]]]:
        """One series second by second as it is stored, in order of time, a second possibly in parts."""
        number = self._ids.get(key)
        packed = self._query("SELECT cells FROM minute WHERE series=? ORDER BY minute", (number,))
        found = [(second, plain) for (blob,) in packed for second, plain in self._unpacked(blob)]
        return found + [(second, plain) for second, cells in self._recent() for at, plain in cells if at == number]

    def _totals(self) -> dict[SeriesKey, Cell]:
        if self.complete:
            rows = self._query("SELECT series, cell FROM total")
            return {self._series[number]: Cell.from_plain(self._unpacked(blob)) for number, blob in rows}
        totals: dict[SeriesKey, Cell] = {}
        for number, blob in self._query("SELECT series, cells FROM minute"):
            for _, plain in self._unpacked(blob):
                totals.setdefault(self._series[number], Cell()).merge(Cell.from_plain(plain))
        for _, cells in self._recent():
            for number, plain in cells:
                totals.setdefault(self._series[number], Cell()).merge(Cell.from_plain(plain))
        return totals

    def _recent(self) -> list[tuple[int, list[Any]]]:
        rows = self._query("SELECT second, cells FROM recent ORDER BY second")
        return [(second, self._unpacked(blob)) for second, blob in rows]

    def _last_second(self) -> int:
        recent = [row[0] for row in self._query("SELECT max(second) FROM recent") if row[0] is not None]
        newest = self._query("SELECT cells FROM minute WHERE minute=(SELECT max(minute) FROM minute)")
        return max([*recent, *(second for (blob,) in newest for second, _ in self._unpacked(blob))], default=-1)

    def _open(self) -> sqlite3.Connection:
        # A killed run leaves a write-ahead log that only a connection which may write can read; a folder that may not
        # be written to has none that matters.
        for mode in ("rw", "ro", "ro&immutable=1"):
            try:
                db = sqlite3.connect(f"file:{self._path.resolve().as_posix()}?mode={mode}", uri=True)
                db.execute("PRAGMA trusted_schema=OFF")
                db.execute("SELECT count(*) FROM meta").fetchone()
                return db
            except sqlite3.OperationalError as error:
                last = error
        raise last

    def _query(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        try:
            return self._db.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise self._damaged(error) from error

    def _unpacked(self, blob: bytes) -> Any:
        try:
            return _unpack(blob)
        except (zlib.error, ValueError, msgpack.UnpackException) as error:
            raise self._damaged(error) from error

    def _damaged(self, error: Exception) -> UsageError:
        return UsageError(f"{self._path} cannot be read: {error}", hint="is it a data file of a run, and whole?")


class StoredMeasurements(Measurements):
    """Measurements of a stored run; totals are in memory, seconds come from the file when asked for."""

    def __init__(self, reader: DataReader, limits_s: Sequence[float]) -> None:
        super().__init__(limits_s)
        self._reader = reader
        self._read: dict[SeriesKey, dict[int, Cell]] = {}

    def cells(self, key: SeriesKey) -> Mapping[int, Cell]:
        """One series second by second, read from the file when it is first asked for."""
        if key not in self._read:
            self._read[key] = self._reader.seconds_of(key)
        return self._read[key]

    def plain_seconds(self, key: SeriesKey) -> Iterable[tuple[int, Sequence[Any]]]:
        """One series second by second as it is stored."""
        return self._reader.plain_seconds_of(key)


def _count(found: dict[int, Cell], second: int, cell: Cell) -> None:
    """Put a cell in its second; most seconds have one only."""
    known = found.get(second)
    if known is None:
        found[second] = cell
    else:
        known.merge(cell)


def _pack(plain: Any, level: int = 6) -> bytes:
    return zlib.compress(msgpack.packb(plain), level)


def _unpack(blob: bytes) -> Any:
    unzip = zlib.decompressobj()
    content = unzip.decompress(blob, LARGEST_BLOB_BYTES)
    if unzip.unconsumed_tail:
        raise ValueError("a packed row is larger than any that we write")
    return msgpack.unpackb(content, strict_map_key=False)
