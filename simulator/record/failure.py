"""Failures, folded into kinds, with what they left behind as evidence."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple

_VARYING = re.compile(r"0x[0-9a-fA-F]+|[0-9a-fA-F]{8,}(?:-[0-9a-fA-F]{4,})*|\d+(?:\.\d+)?")
LONGEST_MESSAGE = 2000
SLOWEST = "slowest"
"""The class of what is no failure: slow journeys leave evidence, and it travels as that of failures does."""


class FailureKey(NamedTuple):
    """What makes two failures the same kind.

    Attributes:
        user: the user class.
        journey: the journey's name.
        step: the step's name, or empty text.
        name: the operation's name, or empty text.
        error_class: a short word: `http 502`, `timeout`, `refused`, `check`, `TypeError`, `dropped` …
        pattern: the message with numbers and hexadecimal parts taken out.
        phase: the phase in which it began.
    """

    user: str
    journey: str
    step: str
    name: str
    error_class: str
    pattern: str
    phase: str


@dataclass(frozen=True)
class Evidence:
    """What a failure left behind.

    Attributes:
        name: a file name such as `screenshot.png`, `exchange.txt`, `trace.zip`.
        content: the bytes of the file; secrets are masked by whoever made it.
    """

    name: str
    content: bytes


@dataclass
class Failure:
    """A kind of failure and how often it happened.

    Attributes:
        key: the kind.
        message: the first message of that kind, shortened.
        count: how often.
        first_s: when first, since the run began.
        last_s: when last, since the run began.
        evidence: what the first of them left behind; written to files by the run folder.
        paths: those files, relative to the run folder.
    """

    key: FailureKey
    message: str
    count: int
    first_s: float
    last_s: float
    evidence: list[Evidence] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    @property
    def is_failure(self) -> bool:
        """Whether something went wrong; the slowest journeys are only worth a look."""
        return self.key.error_class != SLOWEST

    def merge(self, other: Failure) -> None:
        """Add what another place counted of the same kind."""
        self.count += other.count
        if other.first_s < self.first_s:
            self.first_s, self.message = other.first_s, other.message
        self.last_s = max(self.last_s, other.last_s)
        names = {piece.name for piece in self.evidence}
        self.evidence += [piece for piece in other.evidence if piece.name not in names]
        self.paths += [path for path in other.paths if path not in self.paths]

    def to_plain(self) -> list[Any]:
        """Lists and numbers, for msgpack."""
        evidence = [[e.name, e.content] for e in self.evidence]
        return [list(self.key), self.message, self.count, self.first_s, self.last_s, evidence, self.paths]

    @classmethod
    def from_plain(cls, plain: list[Any]) -> Failure:
        """The failure that `to_plain` wrote."""
        key, message, count, first_s, last_s, evidence, paths = plain
        pieces = [Evidence(name, content) for name, content in evidence]
        return cls(FailureKey(*key), message, count, first_s, last_s, pieces, list(paths))


def storable(text: str) -> str:
    """The text with what UTF-8 cannot hold (half a surrogate pair) replaced, so that it can be stored and sent."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def pattern_of(message: str) -> str:
    """A message without its varying parts, so that a million distinct ones fold into a few kinds."""
    return _VARYING.sub("#", message[:LONGEST_MESSAGE]).strip()[:200]
