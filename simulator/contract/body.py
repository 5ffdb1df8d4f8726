"""The body of a request, an answer or a message."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import orjson

State = Literal["missing", "null", "empty", "present"]
_JSON = re.compile(r"application/(?:[\w.+-]+\+)?json(?:-[\w-]+)?|text/json", re.IGNORECASE)
_XML = re.compile(r"(?:application|text)/(?:[\w.+-]+\+)?xml", re.IGNORECASE)


@dataclass(frozen=True)
class Body:
    """A body.

    Attributes:
        state: missing (nothing is said about it), null, empty, or present.
        content: its bytes.
        content_type: the media type with its parameters; empty text when nobody said.
    """

    state: State = "missing"
    content: bytes = b""
    content_type: str = ""

    @classmethod
    def of_json(cls, value: Any, content_type: str = "application/json") -> Body:
        """A present body with this value."""
        return cls("present", orjson.dumps(value), content_type)

    @classmethod
    def of_bytes(cls, content: bytes, content_type: str) -> Body:
        """What came over the wire."""
        return cls("present" if content else "empty", content, content_type)

    @property
    def media_type(self) -> str:
        """The media type alone, in lower case; guessed from the content when nobody said."""
        named = self.content_type.partition(";")[0].strip().lower()
        return named or guessed(self.content)

    @property
    def is_json(self) -> bool:
        """Whether it is said to be JSON, or looks like it when nothing is said."""
        return _JSON.fullmatch(self.media_type) is not None

    @property
    def is_xml(self) -> bool:
        """Whether it is said to be XML, or looks like it when nothing is said."""
        return _XML.fullmatch(self.media_type) is not None

    @cached_property
    def json(self) -> Any:
        """Its JSON value.

        Raises:
            ValueError: it is none.
        """
        return orjson.loads(self.content)

    @property
    def text(self) -> str:
        """Its text; what is no UTF-8 is replaced."""
        return self.content.decode("utf-8", "replace")


MISSING = Body()

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
)


def guessed(content: bytes) -> str:
    """The media type that a content looks like."""
    for signature, media_type in _SIGNATURES:
        if content.startswith(signature):
            return media_type
    start = content.lstrip()[:64]
    if (
        start[:1] in (b"{", b"[", b'"')
        or start in (b"null", b"true", b"false")
        or re.fullmatch(rb"-?\d[\d.eE+-]*\s*", start)
    ):
        return "application/json"
    if re.match(rb"(?i)<!doctype html|<html", start):
        return "text/html"
    if start.startswith(b"<"):
        return "application/xml"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "application/octet-stream"
    return "text/plain"


def header(headers: Mapping[str, tuple[str, ...]], name: str) -> str:
    """The first value of a header field, its name in any case; empty text when it is not there."""
    for field, values in headers.items():
        if field.lower() == name.lower() and values:
            return values[0]
    return ""
