"""A request as stubs look at it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, unquote

import orjson

USER_HEADER = "x-simulator-user"
"""Names the simulated user that a request belongs to, so that users never trip over each other's state."""
_UNREAD = object()


class Request:
    """One request, complete.

    Attributes:
        method: in capitals.
        target: path and query as they came.
        path: decoded, without the query.
        headers: names in small letters; repeated fields joined by commas.
        body: as it came.
    """

    __slots__ = ("_json", "_query", "body", "headers", "method", "path", "target")

    def __init__(self, method: str, target: str, headers: Mapping[str, str], body: bytes = b"") -> None:
        self.method = method
        self.target = target
        path = target.partition("?")[0]
        self.path = unquote(path) if "%" in path else path
        self.headers = headers
        self.body = body
        self._json: Any = _UNREAD
        self._query: dict[str, str] | None = None

    @property
    def query(self) -> dict[str, str]:
        """Query parameters; of a repeated one all values, joined by commas."""
        if self._query is None:
            text = self.target.partition("?")[2]
            self._query = {k: ",".join(v) for k, v in parse_qs(text, keep_blank_values=True).items()} if text else {}
        return self._query

    @property
    def json(self) -> Any:
        """What the body says as JSON; `None` when it is none."""
        if self._json is _UNREAD:
            try:
                self._json = orjson.loads(self.body)
            except orjson.JSONDecodeError:
                self._json = None
        return self._json

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    @property
    def user(self) -> str:
        """The simulated user that sent it, as far as it says so; else empty text."""
        return self.headers.get(USER_HEADER, "")
