"""One request of a recording with its answer, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson


@dataclass(frozen=True)
class Call:
    """One request, as its sender saw it: redirects have been followed.

    Attributes:
        method: in capitals.
        path: with its query, behind the recording's host.
        headers: those that a client would not send by itself.
        body: JSON value, a form as pairs, text, or `None`.
        kind: what the body is.
        status: of the last answer.
        text: the last answer's body, empty when it is no text.
        started_s: since the recording began.
        ended_s: when the last answer was complete.
        opens: it opened a page.
        step: name of a step of its own; empty text when steps follow from pages and pauses.
    """

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    kind: str = ""
    status: int = 200
    text: str = ""
    started_s: float = 0.0
    ended_s: float = 0.0
    opens: bool = False
    step: str = ""

    @property
    def route(self) -> str:
        """The path without its query."""
        return urlsplit(self.path).path or "/"

    @property
    def query(self) -> list[tuple[str, str]]:
        """The query's fields in order."""
        return parse_qsl(urlsplit(self.path).query, keep_blank_values=True)

    @property
    def json(self) -> Any:
        """The answer's JSON value; `None` when it is none."""
        try:
            return orjson.loads(self.text)
        except orjson.JSONDecodeError:
            return None


@dataclass(frozen=True)
class Recording:
    """What somebody did at one host.

    Attributes:
        host: the address, such as `https://shop.example.com`.
        calls: in order.
        left_out: in words, what is not in the calls and why.
    """

    host: str
    calls: tuple[Call, ...]
    left_out: tuple[str, ...] = ()
