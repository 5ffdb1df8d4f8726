"""One way in which what came differs from what a contract says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simulator.safe_text import clean

LONGEST = 120


@dataclass(frozen=True)
class Mismatch:
    """A difference.

    Attributes:
        place: where: `method`, `path`, `status`, `query.page`, `header.Accept`, `body $.items[0].id`, `metadata.key`.
        message: what was expected and what came, in words.
    """

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


def told(value: Any) -> str:
    """A value as it stands in a message, shortened."""
    import orjson

    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    try:
        text = orjson.dumps(value).decode()
    except TypeError:
        text = repr(value)
    text = clean(text)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
