"""Writes whole sets of rows to files, over as many processes as wanted, in bounded memory."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path

from simulator.data.form import FORMS, ParquetFile, csv_heading
from simulator.data.rows import Columns, Rows
from simulator.data.spec import Spec

PIECE = 10
"""So many blocks are made at a time and handed over as one."""

AHEAD = 3
"""So many pieces a process may be ahead of what is written."""

WORTH_A_PROCESS = 20_000
"""With fewer rows a second process costs more than it brings."""

_rows: Rows


def generate(spec: Spec, name: str, path: Path, form: str, workers: int = 1) -> int:
    """Write the rows of an entity to a file; returns how many.

    Args:
        spec: the data spec.
        name: the entity.
        path: the file; replaced when it is there, only once it is whole.
        form: one of `simulator.data.form.FORMATS`.
        workers: how many processes make rows; the file is the same with any number.
    """
    rows = Rows(spec, name)
    being_written = path.with_name(f".{path.name}.part")
    try:
        with being_written.open("wb") as file:
            if form == "parquet":
                with ParquetFile(file) as parquet:
                    for index in rows.blocks():
                        parquet.add(rows.block(index))
            else:
                file.write(csv_heading(rows.names) if form == "csv" else b"")
                for piece in _pieces(spec, rows, form, workers):
                    file.write(piece)
        being_written.replace(path)
    finally:
        being_written.unlink(missing_ok=True)
    return rows.entity.count


def _pieces(spec: Spec, rows: Rows, form: str, workers: int) -> Iterator[bytes]:
    starts = range(0, len(rows.blocks()), PIECE)
    workers = min(workers, len(starts), 1 + rows.entity.count // WORTH_A_PROCESS)
    if workers <= 1:
        for first in starts:
            yield _piece_of(rows, form, first)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, _begin, (spec, rows.entity.name)) as pool:
        coming: deque[Future[bytes]] = deque()
        for first in starts:
            coming.append(pool.submit(_piece, form, first))
            if len(coming) > workers * AHEAD:
                yield coming.popleft().result()
        while coming:
            yield coming.popleft().result()


def _begin(spec: Spec, name: str) -> None:
    global _rows
    _rows = Rows(spec, name)


def _piece(form: str, first: int) -> bytes:
    return _piece_of(_rows, form, first)


def _piece_of(rows: Rows, form: str, first: int) -> bytes:
    last = min(first + PIECE, len(rows.blocks()))
    return b"".join(FORMS[form](rows.entity.name, columns) for columns in _blocks(rows, first, last))


def _blocks(rows: Rows, first: int, last: int) -> Iterator[Columns]:
    return (rows.block(index) for index in range(first, last))
