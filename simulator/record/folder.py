"""The run folder: where a run keeps everything about itself."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import re
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from simulator.errors import RunError, UsageError
from simulator.record.data_file import FILE_NAME, DataReader, DataWriter
from simulator.record.failure import Failure

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
MOST_EVIDENCE_BYTES = 200 * 1024 * 1024


class RunFolder:
    """A run's own folder, `reports/<time>-<build>/`.

    Attributes:
        path: the folder.
        evidence_bytes: how much evidence was written so far.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.evidence_bytes = 0

    @classmethod
    def create(cls, parent: Path, started_at: datetime, build: str) -> RunFolder:
        """A new folder of this run alone, also when two runs start in the same second.

        Raises:
            RunError: the folder cannot be made.
        """
        name = f"{started_at:%Y%m%d-%H%M%S}-{file_name(build)}"
        try:
            parent.mkdir(parents=True, exist_ok=True)
            for attempt in range(1, 1000):
                path = parent / (name if attempt == 1 else f"{name}-{attempt}")
                with contextlib.suppress(FileExistsError):
                    path.mkdir()
                    (path / "evidence").mkdir()
                    return cls(path)
        except OSError as error:
            raise RunError(f"{parent} cannot hold a run: {error.strerror}", hint="choose another with --out") from error
        raise RunError(f"{parent} already has 999 runs of this name", hint="choose another with --out")

    @classmethod
    def open(cls, path: Path) -> RunFolder:
        """An existing run folder.

        Raises:
            UsageError: there is no run in it.
        """
        if not (path / FILE_NAME).is_file():
            raise UsageError(f"{path} is not a run folder: it has no {FILE_NAME}", hint="runs are folders in reports/")
        return cls(path)

    def writer(self) -> DataWriter:
        """The data file, for writing."""
        return DataWriter(self.path / FILE_NAME)

    def reader(self) -> DataReader:
        """The data file, for reading."""
        return DataReader(self.path / FILE_NAME)

    def keep_evidence(self, failure: Failure) -> None:
        """Write a failure's evidence to files and put their paths in its place."""
        for piece in failure.evidence:
            if self.evidence_bytes + len(piece.content) > MOST_EVIDENCE_BYTES:
                break
            place = f"evidence/{self._label(failure)}-{file_name(piece.name)}"
            write_whole(self.path / place, piece.content)
            self.evidence_bytes += len(piece.content)
            failure.paths.append(place)
        failure.evidence = []

    def write(self, name: str, content: str | bytes) -> Path:
        """Write a file of the run, whole or not at all."""
        path = self.path / name
        write_whole(path, content.encode() if isinstance(content, str) else content)
        return path

    def read_json(self, name: str) -> Any | None:
        """A JSON file of the run, or `None` when it is missing.

        Raises:
            UsageError: the file is there but is no JSON.
        """
        path = self.path / name
        if not path.is_file():
            return None
        try:
            return json.loads(path.read_bytes())
        except (ValueError, RecursionError) as error:
            raise UsageError(f"{path} cannot be read: {error}") from error

    @staticmethod
    def _label(failure: Failure) -> str:
        key = failure.key
        digest = hashlib.sha256(json.dumps(key).encode()).hexdigest()[:8]
        return file_name(f"{key.journey}-{key.step or key.name}-{key.error_class}")[:60] + f"-{digest}"


def file_name(text: str) -> str:
    """A text as one safe part of a path: letters, digits, `.-_`; never empty, hidden or longer than 80."""
    name = _UNSAFE.sub("-", text).strip("-.")[:80]
    return name or "unnamed"


def make_folder(path: Path) -> None:
    """Make a folder, with those that it lies in, unless it is there.

    Raises:
        RunError: it cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"{path} cannot be made: {error.strerror}", hint="choose another place") from error


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old content or the new, never a half.

    Raises:
        RunError: it cannot be written.
    """
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).chmod(0o644)
        Path(file.name).replace(path)
    except OSError as error:
        with contextlib.suppress(OSError, UnboundLocalError):
            Path(file.name).unlink()
        few = error.errno in (errno.EMFILE, errno.ENFILE)
        hint = "raise `ulimit -n`, or take fewer users" if few else "choose another folder with --out"
        raise RunError(f"{path} cannot be written: {error.strerror}", hint=hint) from error
