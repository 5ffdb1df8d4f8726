"""What can go wrong, and what the user should do about it.

SimulatorError
├── UsageError          exit 2: the command line, or a file, is wrong
│   └── FileError       … with every problem of the files, each with its place
├── BringUpError        exit 3: an environment or a journey file could not be brought up
├── UnreachableError    exit 3: nothing answers at the target
└── RunError            exit 4: the run could not measure
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches

NOT_UNDERSTOOD = (TypeError, ValueError, AttributeError, LookupError, ArithmeticError, RecursionError)
"""What values of the wrong kind raise, wherever they come to light."""


class SimulatorError(Exception):
    """The base of all errors that are ours; caught once, in `cli`.

    Attributes:
        hint: what to do next, one sentence, or `None`.
        exit_code: the exit code of the process that ends with this error.
        detail: longer text (a traceback of the author's, a log's last lines), or `None`.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None, detail: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint
        self.detail = detail


class UsageError(SimulatorError):
    """The command line or a file is wrong; nothing was started."""

    exit_code = 2


class BringUpError(SimulatorError):
    """A service, a browser or a journey file could not be brought up."""

    exit_code = 3


class UnreachableError(SimulatorError):
    """Nothing answers where the target should be."""

    exit_code = 3


class RunError(SimulatorError):
    """The run could not measure, so there is no verdict to give."""

    exit_code = 4


@dataclass(frozen=True)
class Problem:
    """One mistake in a file.

    Attributes:
        file: the file as the user named it.
        line: counted from 1; 0 when the mistake has no line.
        column: counted from 1; 0 when the mistake has no column.
        message: what is wrong, with the value.
        hint: what would be right, or `None`.
    """

    file: str
    line: int
    column: int
    message: str
    hint: str | None = None

    def __str__(self) -> str:
        place = self.file if not self.line else f"{self.file}:{self.line}:{self.column}"
        return f"{place}: {self.message}" + (f" ({self.hint})" if self.hint else "")


class FileError(UsageError):
    """Every problem found in one or more files, in order of their places."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda p: (p.file, p.line, p.column)))
        count = len(self.problems)
        super().__init__("\n".join(map(str, self.problems)), hint=f"{count} problem{'s' if count != 1 else ''}")


@contextmanager
def understood(file: str) -> Iterator[None]:
    """Inside, what others have written is read; whatever falls over there is a mistake of their file.

    Raises:
        FileError: the file cannot be understood.
    """
    try:
        yield
    except NOT_UNDERSTOOD as error:
        words = f"cannot be understood: {type(error).__name__}: {error}"[:300]
        raise FileError([Problem(file, 0, 0, words, "is it whole, and what its name says?")]) from error


def nearest(word: str, known: Sequence[str]) -> str | None:
    """The known word that `word` was probably meant to be, or `None`."""
    lowered = {k.lower(): k for k in known}
    found = get_close_matches(word.lower(), list(lowered), n=1, cutoff=0.6)
    return lowered[found[0]] if found else None


def did_you_mean(word: str, known: Sequence[str]) -> str | None:
    """A hint that names the nearest known word, or all of them when none is near; `None` when none is known."""
    guess = nearest(word, known)
    if guess is not None:
        return f"did you mean {guess!r}?"
    return f"known: {', '.join(known)}" if known else None
