"""What the fault server wrote down of each request, and how it is read back."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Seen:
    """One request, as the server saw it.

    Attributes:
        method: such as GET.
        path: as it was asked for, query included.
        ending: the status that was answered, or the fault in one word, such as `reset`.
        took_s: from the last byte of the request to the last byte handed to the system, in seconds.
        at_s: when the request was complete, in seconds of the server's monotonic clock.
    """

    method: str
    path: str
    ending: str
    took_s: float
    at_s: float

    @property
    def place(self) -> str:
        """The first part of the path: what was asked to happen."""
        return self.path.partition("?")[0].split("/")[1]

    def line(self) -> str:
        """As a line of the log."""
        return json.dumps(asdict(self)) + "\n"


def read_log(path: Path) -> list[Seen]:
    """All requests of a log, in order of their ends; a line that a killed server did not finish is left out."""
    lines = path.read_text().splitlines(keepends=True)
    return [Seen(**json.loads(line)) for line in lines if line.endswith("\n")]


def endings(seen: Iterable[Seen]) -> Counter[str]:
    """How many requests ended in each way."""
    return Counter(each.ending for each in seen)
