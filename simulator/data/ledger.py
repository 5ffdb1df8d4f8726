"""What a run has created, written down as it happens, so that it can be taken away even if the run is killed."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from simulator.errors import RunError

FILE_NAME = "created.jsonl"


@dataclass(frozen=True)
class Created:
    """Something that was created, or is about to be.

    Attributes:
        of: the entity.
        keys: what tells it apart; several for rows that went in together.
        more: further values that cleaning may name.
    """

    of: str
    keys: Sequence[Any]
    more: Mapping[str, Any]


class Ledger:
    """An append-only file of JSON lines; each line is with the operating system before the next thing happens.

    Any process of the machine may append: a line goes out in one write.

    Args:
        path: the file.

    Raises:
        RunError: it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise RunError(f"{path} cannot be written: {error.strerror}") from error

    def begin(self, facts: Mapping[str, Any]) -> None:
        """Say first where the run acts, without secrets."""
        self._write({"begin": dict(facts)})

    def created(self, of: str, keys: Sequence[Any], more: Mapping[str, Any] | None = None) -> None:
        """These are there now, or will be in a moment: what is taken away and is not there does no harm."""
        self._write({"of": of, "keys": list(keys), "more": dict(more or {}), "at": round(time.time(), 3)})

    def refused(self, of: str, keys: Sequence[Any]) -> None:
        """These did not go in: what the system has under these keys was there before, and is not ours to take away."""
        self._write({"refused": list(keys), "of": of})

    def snapshot(self, database: str, tables: Mapping[str, str]) -> None:
        """A copy was made of these tables, under these names."""
        self._write({"snapshot": dict(tables), "database": database})

    def done(self) -> None:
        """Everything was taken away."""
        self._write({"done": True})

    def close(self) -> None:
        """Nothing follows."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _write(self, line: Mapping[str, Any]) -> None:
        content = orjson.dumps(line, default=str, option=orjson.OPT_APPEND_NEWLINE)
        try:
            os.write(self._file, content)
        except OSError as error:
            raise RunError(f"{self.path} cannot be written: {error.strerror}") from error


@dataclass(frozen=True)
class Story:
    """What a ledger tells.

    Attributes:
        facts: where the run acted.
        created: in order.
        snapshots: database and copies of tables (table → copy), in order.
        done: whether everything was taken away.
        torn: lines that cannot be read.
    """

    facts: Mapping[str, Any]
    created: Sequence[Created]
    snapshots: Sequence[tuple[str, Mapping[str, str]]]
    done: bool
    torn: int

    @property
    def empty(self) -> bool:
        """Whether there is nothing to take away."""
        return not self.created and not self.snapshots


def read_ledger(path: Path) -> Story:
    """What the ledger of a run tells; an empty story when there is none."""
    facts: Mapping[str, Any] = {}
    created: list[Created] = []
    snapshots: list[tuple[str, Mapping[str, str]]] = []
    done, torn = False, 0
    for line in _lines(path):
        if line is None:
            torn += 1
        elif "begin" in line:
            facts = line["begin"]
        elif "snapshot" in line:
            snapshots.append((line["database"], line["snapshot"]))
        elif "refused" in line:
            _strike(created, line["of"], line["refused"])
        elif "of" in line:
            created.append(Created(line["of"], line["keys"], line["more"]))
            done = False
        else:
            done = "done" in line
    return Story(facts, created, snapshots, done, torn)


def _strike(created: list[Created], of: str, keys: Sequence[Any]) -> None:
    """Take keys out of the newest entry of an entity."""
    at = max((at for at, one in enumerate(created) if one.of == of), default=None)
    if at is not None:
        created[at] = replace(created[at], keys=[key for key in created[at].keys if key not in keys])


def _lines(path: Path) -> Iterator[dict[str, Any] | None]:
    if not path.is_file():
        return
    with path.open("rb") as file:
        for line in file:
            try:
                yield orjson.loads(line)
            except orjson.JSONDecodeError:
                yield None
