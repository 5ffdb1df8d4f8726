"""Why a step or a journey went wrong, in the words that the report will show."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from simulator.record.failure import Evidence
from simulator.record.sample import SeriesKey

_OURS = str(Path(__file__).resolve().parent.parent)
_NOT_THE_AUTHORS = (_OURS, "site-packages", "dist-packages", "<frozen")
_STANDARD = str(Path(traceback.__file__).parent)


class JourneyEnd(BaseException):  # noqa: N818 - not an error, and `except Exception` of an author must not hold it up
    """Ends a journey from within, after a failed step; whoever runs the journey catches it."""


class OperationFailed(Exception):  # noqa: N818 - a finding about the target
    """An operation ended badly and there is nothing to go on with; it has been recorded already."""


@dataclass(frozen=True)
class Trouble:
    """A failure that is not yet counted: the author's code may still say more about it.

    Attributes:
        key: the series it happened in.
        error_class: a short word, see `FailureKey`.
        message: what a reader needs to know.
        collect: returns its evidence; `None` when there is none.
    """

    key: SeriesKey
    error_class: str
    message: str
    collect: Callable[[], list[Evidence]] | None = None


def tell(error: BaseException) -> str:
    """An exception in one line, then the lines of the author's code that it passed through, outermost first."""
    first = f"{type(error).__name__}: {error}".rstrip(": ")
    return "\n".join([first, *_authors_lines(error)])


def _authors_lines(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)
    return [
        f"  {_short(frame.filename)}:{frame.lineno} in {frame.name}: {frame.line or ''}".rstrip(": ")
        for frame in frames
        if not any(part in frame.filename for part in _NOT_THE_AUTHORS) and not frame.filename.startswith(_STANDARD)
    ]


def _short(file: str) -> str:
    path, here = Path(file), Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else file
