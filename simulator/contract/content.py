"""The bytes of a file that somebody else wrote."""

from __future__ import annotations

from pathlib import Path

from simulator.errors import FileError, Problem

MOST_BYTES = 200_000_000


def content_of(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        FileError: it cannot be read, or is too large to be taken into memory.
    """
    try:
        content = path.read_bytes() if path.stat().st_size <= MOST_BYTES else None
    except OSError as error:
        raise FileError([Problem(str(path), 0, 0, f"cannot be read: {error.strerror or error}")]) from error
    if content is None:
        raise FileError([Problem(str(path), 0, 0, "is too large")])
    return content
