"""The bytes of a contract's file."""

from __future__ import annotations

from pathlib import Path

from simulator.errors import FileError, Problem


def content_of(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        FileError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise FileError([Problem(str(path), 0, 0, f"cannot be read: {error.strerror or error}")]) from error
