"""What a stub answers with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from http import HTTPStatus
from typing import Any

import orjson

from simulator.virtual.template import Scene, Value

_BODILESS = frozenset({204, 304})


@dataclass(unsafe_hash=True)
class Answer:
    """One answer, complete. It is a value, and only not frozen since that doubles what it costs to make one.

    Attributes:
        status: of HTTP.
        headers: names and values in order, without length and connection.
        body: as it is sent.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    @cached_property
    def head(self) -> bytes:
        """Status line and header fields without the last, empty line."""
        fields = _fields(self.status, self.headers)
        if self.status in _BODILESS or self.status < 200:
            return fields
        return b"%bContent-Length: %d\r\n" % (fields, len(self.body))

    @cached_property
    def whole(self) -> bytes:
        """Everything in one piece, for a connection that stays open."""
        if self.status in _BODILESS or self.status < 200:
            return self.head + b"\r\n" + (b"" if self.status in _BODILESS else self.body)
        body = self.body
        return b"%bContent-Length: %d\r\n\r\n%b" % (_fields(self.status, self.headers), len(body), body)

    def header(self, name: str) -> str | None:
        """The value of a header field."""
        return next((value for field_name, value in self.headers if field_name.lower() == name.lower()), None)

    def with_header(self, name: str, value: str) -> Answer:
        """The same with a header field, in place of one of the same name."""
        kept = tuple(pair for pair in self.headers if pair[0].lower() != name.lower())
        return replace(self, headers=(*kept, (name, value)))


Function = Callable[..., Any]


@dataclass(frozen=True)
class AnswerSpec:
    """How an answer is made.

    Attributes:
        status: of HTTP.
        headers: names and values, or what makes the value.
        body: the bytes, or what makes a text or a JSON value.
        json: whether what `body` makes is a JSON value.
        function: a Python function that makes the whole answer instead.
    """

    status: int = 200
    headers: tuple[tuple[str, str | Value], ...] = ()
    body: bytes | Value = b""
    json: bool = False
    function: Function | None = None
    _fixed: list[Answer] = field(default_factory=list, compare=False, repr=False)

    def make(self, scene: Scene) -> Answer:
        """The answer to a request."""
        if self._fixed:
            return self._fixed[0]
        if self.function is not None:
            return as_answer(self.function(scene.request))
        if isinstance(self.body, bytes) and self._plain_headers is not None:
            self._fixed.append(Answer(self.status, self._plain_headers, self.body))
            return self._fixed[0]
        body = self.body if isinstance(self.body, bytes) else _encoded(self.body(scene), json=self.json)
        if (headers := self._plain_headers) is None:
            headers = tuple((n, _text(v, scene)) for n, v in self.headers)
        return Answer(self.status, headers, body)

    @cached_property
    def _plain_headers(self) -> tuple[tuple[str, str], ...] | None:
        """The header fields when none of them varies."""
        if any(callable(value) for _, value in self.headers):
            return None
        return tuple((name, str(value).replace("\r", " ").replace("\n", " ")) for name, value in self.headers)


def as_answer(made: Any) -> Answer:
    """What an author's function returned: an `Answer`, `(status, body)`, `(status, body, headers)`, or a body.

    Raises:
        TypeError: it is none of these.
    """
    if isinstance(made, Answer):
        return made
    parts = made if isinstance(made, tuple) else (200, made)
    status, body, headers = parts if len(parts) == 3 else (*parts, {})
    if not isinstance(status, int) or not isinstance(headers, Mapping):
        raise TypeError(f"{made!r} is no answer; return a body, (status, body) or (status, body, headers)")
    answer = Answer(
        status, tuple((str(n), str(v)) for n, v in headers.items()), _encoded(body, json=not isinstance(body, str))
    )
    if isinstance(body, bytes | str) or answer.header("content-type"):
        return answer
    return answer.with_header("Content-Type", "application/json")


def plain(status: int, value: Mapping[str, Any]) -> Answer:
    """A small answer of our own, in JSON."""
    return Answer(status, (("Content-Type", "application/json"),), orjson.dumps(value))


@lru_cache(maxsize=1024)
def _fields(status: int, headers: tuple[tuple[str, str], ...]) -> bytes:
    """Status line and header fields, but for the length."""
    lines = [f"HTTP/1.1 {status} {reason_of(status)}", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n"


def reason_of(status: int) -> str:
    """The words behind a status."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def _encoded(value: Any, *, json: bool) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str) and not json:
        return value.encode()
    return orjson.dumps(value)


def _text(value: str | Value, scene: Scene) -> str:
    text = str(value(scene)) if callable(value) else value
    return text.replace("\r", " ").replace("\n", " ")
