"""The answer to a request, as authors know it from `requests`; what they do not look at is never parsed."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any, Protocol

import orjson

from simulator.journey.http.exchange import exchange
from simulator.journey.http.headers import Headers, WatchedHeaders, parse_head
from simulator.journey.http.problem import HTTPError, class_of, words_of
from simulator.record.failure import Evidence

_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)


class Watch(Protocol):
    """Notes what an author reads of an answer."""

    def value(self, value: Any) -> Any:
        """The parsed body, in a form that notes what is read of it."""

    def header(self, name: str) -> None:
        """A header field was looked at."""


class Response:
    """What came back.

    Attributes:
        status_code: the HTTP status; 0 when there was no answer.
        content: the body, decoded.
        url: where it came from, after redirects.
        error: why there is no answer, or `None`.
        elapsed_s: how long the exchange took, redirects included.
        size_bytes: bytes of the body as they were sent.
        watch: notes what the author reads of it; `None` while nobody wants to know.
    """

    __slots__ = ("_cookies", "_head", "_headers", "_history", "_sent", "content", "elapsed_s", "error", "size_bytes",
                 "status_code", "url", "watch")  # fmt: skip

    def __init__(self, status_code: int, head: bytes, content: bytes, url: str, sent: bytes) -> None:
        self.status_code = status_code
        self.content = content
        self.url = url
        self.error: Exception | None = None
        self.elapsed_s = 0.0
        self.size_bytes = len(content)
        self.watch: Watch | None = None
        self._head = head
        self._headers: Headers | None = None
        self._history: list[Response] | None = None
        self._cookies: dict[str, str] | None = None
        self._sent = sent

    @classmethod
    def missing(cls, error: Exception, url: str, sent: bytes) -> Response:
        """Stands for an answer that did not come."""
        made = cls(0, b"", b"", url, sent)
        made.error = error
        return made

    def __repr__(self) -> str:
        return f"<Response [{self.status_code}]>"

    def __bool__(self) -> bool:
        return self.ok

    @property
    def ok(self) -> bool:
        """An answer came, and its status is below 400."""
        return 0 < self.status_code < 400

    @property
    def headers(self) -> Headers:
        """Header fields; names in any case."""
        if self._headers is None:
            self._headers = parse_head(self._head)
        return self._headers if self.watch is None else WatchedHeaders(self._headers, self.watch)

    @property
    def history(self) -> list[Response]:
        """The answers that led here."""
        if self._history is None:
            self._history = []
        return self._history

    @history.setter
    def history(self, history: list[Response]) -> None:
        self._history = history

    @property
    def cookies(self) -> dict[str, str]:
        """Cookies that this answer set."""
        if self._cookies is None:
            self._cookies = {}
        return self._cookies

    @cookies.setter
    def cookies(self, cookies: dict[str, str]) -> None:
        self._cookies = cookies

    @property
    def reason(self) -> str:
        """The words behind the status, as the server sent them; may be empty."""
        return self._head.partition(b"\r\n")[0][13:].decode("latin-1").strip()

    @property
    def encoding(self) -> str:
        """The character set that the answer names, else UTF-8."""
        found = _CHARSET.search(self.headers.get("content-type", ""))
        return found[1] if found else "utf-8"

    @property
    def text(self) -> str:
        """The body as text; what cannot be decoded is replaced."""
        try:
            return self.content.decode(self.encoding, "replace")
        except LookupError:
            return self.content.decode("utf-8", "replace")

    @property
    def elapsed(self) -> timedelta:
        """How long the exchange took."""
        return timedelta(seconds=self.elapsed_s)

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            ValueError: it is none (a `json.JSONDecodeError`).
        """
        try:
            value = orjson.loads(self.content)
        except orjson.JSONDecodeError:
            value = json.loads(self.content)  # UTF-16, NaN and other things that orjson rightly refuses
        return value if self.watch is None else self.watch.value(value)

    @property
    def head(self) -> bytes:
        """Status line and header fields as they came, without the empty line."""
        return self._head

    @property
    def sent(self) -> bytes:
        """The request as it was sent."""
        return self._sent

    def raise_for_status(self) -> None:
        """Raise unless the answer is a good one.

        Raises:
            HTTPError: no answer came, or its status is 400 or more.
        """
        if not self.ok:
            raise HTTPError(f"{self.complaint()} for {self.url}")

    def error_class(self) -> str:
        """The short word that a bad answer is counted under, such as `http 502`."""
        return f"http {self.status_code}" if self.error is None else class_of(self.error)

    def complaint(self) -> str:
        """What is wrong with a bad answer, in words."""
        return f"{self.status_code} {self.reason}" if self.error is None else words_of(self.error)

    def evidence(self) -> list[Evidence]:
        """The exchange as a text to read, secrets masked."""
        return [exchange(self._sent, self._head, self.content, None if self.error is None else words_of(self.error))]
