"""Standard output and error of a command, whoever reads them, and however long."""

from __future__ import annotations

import errno
import os
import stat
import sys
from typing import Any, TextIO


class Unbreakable:
    """A stream whose reader may go (`| head`, a closed terminal): what is written then goes nowhere, and harms nobody.

    A run must reach its verdict, and its exit code, whether or not anybody looks on. A file that cannot be written is
    another matter, and an error.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write, or let go."""
        try:
            return self._stream.write(text)
        except OSError as error:
            self._let_go(error)
            return len(text)

    def flush(self) -> None:
        """Flush, or let go."""
        try:
            self._stream.flush()
        except OSError as error:
            self._let_go(error)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _let_go(self, error: OSError) -> None:
        number = self._stream.fileno()
        gone = error.errno == errno.EPIPE or (error.errno == errno.EIO and stat.S_ISCHR(os.fstat(number).st_mode))
        if not gone:
            raise error
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, number)
        os.close(nowhere)


def make_unbreakable() -> None:
    """From now on nobody who stops reading stops this process."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is not None and not isinstance(stream, Unbreakable):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="replace")  # what a poor terminal cannot show must not end a run
            setattr(sys, name, Unbreakable(stream))
