"""Reads one answer from bytes as they come: the plain ones by hand, everything else through llhttp."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

import httptools

from simulator.journey.http.problem import ProtocolProblem, Stale, TooLarge

More = Callable[[], bytes]
"""Blocks until more bytes came; empty when the other side is done."""

MOST_HEAD_BYTES = 65_536
MOST_KNOWN = 256
_END = b"\r\n\r\n"
_odd = re.compile(
    rb"\r\n(?:transfer-encoding[ \t]*:|set-cookie[ \t]*:|content-encoding[ \t]*:|location[ \t]*:"
    rb"|connection[ \t]*:(?![ \t]*keep-alive[ \t]*(?:\r|\Z))|[ \t])",
    re.IGNORECASE,
).search
_lengths = re.compile(rb"\r\n(?i:content-length):[ \t]*(\d+)[ \t]*(?=\r\n|\Z)").findall
_folded = re.compile(rb"\r\n[ \t]+").sub
_framed = re.compile(rb"\r\n(?:content-length|transfer-encoding)[ \t]*:", re.IGNORECASE).search


Answer = tuple[int, bytes, bytes, bool, bool]
"""One answer: the HTTP status; status line and header fields, without the empty line; the body as it was sent, chunks
put together; whether it is plain, as nothing in the head asks for further work (no redirect, no cookie, no coding);
whether the connection can carry another request. A bare tuple, for each request makes one."""

_known: dict[int, tuple[bytes, bytes, int, int]] = {}
"""Of how many bytes an answer is → of the latest plain one of that length: all up to its body, its head, status, where
its body begins. Most answers begin as the one before did, which is quicker to see than to read."""


def read_answer(more: More, bodiless: bool, most_bytes: int) -> Answer:
    """Read one answer.

    Args:
        more: gives the next bytes.
        bodiless: the request was a HEAD, whose answer has no body whatever it says.
        most_bytes: the largest body to keep.

    Raises:
        Stale: the connection was closed before the first byte.
        ConnectionResetError: … or before the answer was complete.
        ProtocolProblem: it is not HTTP.
        TooLarge: it is larger than allowed.
    """
    try:
        data = more()
    except ConnectionResetError:
        data = b""
    if not data:
        raise Stale("closed by the other side before it answered")
    known = _known.get(len(data))
    if known is not None and data.startswith(known[0]) and not bodiless and len(data) - known[3] <= most_bytes:
        return known[2], known[1], data[known[3] :], True, True
    end = data.find(_END)
    while end < 0:
        data = _further(data, more)
        end = data.find(_END)
    head = data[:end]
    plain = None if bodiless else _plain_head(head)
    if plain is None:
        return _careful(data, more, bodiless, most_bytes)
    status, length = plain
    start = end + 4
    if length <= most_bytes and start + length == len(data):
        if len(_known) >= MOST_KNOWN:
            _known.clear()
        _known[len(data)] = (data[:start], head, status, start)
        return status, head, data[start:], True, True
    return _plain(data, head, status, length, more, most_bytes)


@lru_cache(maxsize=256)  # a server's heads differ by little, and from one second to the next
def _plain_head(head: bytes) -> tuple[int, int] | None:
    """Status and length of the body behind a head with nothing odd in it; `None` for every other head."""
    if not head.startswith(b"HTTP/1.1 2") or not head[9:12].isdigit() or head[9:12] == b"204" or _odd(head) is not None:
        return None
    lengths = _lengths(head)
    return (int(head[9:12]), int(lengths[0])) if len(lengths) == 1 else None


def _further(data: bytes, more: More) -> bytes:
    """More of a head that is not complete yet."""
    if len(data) > MOST_HEAD_BYTES:
        raise TooLarge(f"the head of the answer is larger than {MOST_HEAD_BYTES} bytes")
    if len(data) >= 5 and not data.startswith(b"HTTP/"):
        raise ProtocolProblem(f"the answer is no HTTP: {data[:40]!r}")
    came = more()
    if not came:
        raise ConnectionResetError("closed by the other side within the head of its answer")
    return data + came


def _plain(data: bytes, head: bytes, status: int, length: int, more: More, most_bytes: int) -> Answer:
    """One Content-Length, nothing odd: take that many bytes."""
    if length > most_bytes:
        raise TooLarge(f"the body is {length} bytes, more than {most_bytes}")
    start = len(head) + 4
    missing = start + length - len(data)
    if missing > 0:
        parts = [data]
        while missing > 0:
            came = more()
            if not came:
                raise ConnectionResetError("closed by the other side within the body of its answer")
            parts.append(came)
            missing -= len(came)
        data = b"".join(parts)
    return status, head, data[start : start + length], True, missing == 0


def _careful(data: bytes, more: More, bodiless: bool, most_bytes: int) -> Answer:
    """Whatever is not plain: interim answers, chunks, no length, no body, old versions."""
    while True:
        end = data.find(_END)
        if end < 0:
            data = _further(data, more)
            continue
        status = _status(data)
        if not 100 <= status < 200 or status == 101:
            break
        data = data[end + 4 :]
    head = data[:end]
    if bodiless or status in (204, 304):
        return status, head, b"", False, len(data) == end + 4 and _stays_open(head)
    return _parsed(data, head, status, more, most_bytes)


def _parsed(data: bytes, head: bytes, status: int, more: More, most_bytes: int) -> Answer:
    listener = _Listener(most_bytes)
    parser = httptools.HttpResponseParser(listener)
    listener.should_keep_alive = parser.should_keep_alive
    try:
        parser.feed_data(_folded(b" ", head) + data[len(head) :])
        while not listener.complete:
            came = more()
            if not came:
                if _framed(head):
                    raise ConnectionResetError("closed by the other side within the body of its answer")
                break  # without a length, the end of the connection is the end of the body
            parser.feed_data(came)
    except httptools.HttpParserUpgrade as upgrade:
        raise ProtocolProblem("the answer changes the protocol") from upgrade
    except httptools.HttpParserError as error:
        if listener.too_large:
            raise TooLarge(f"the body is larger than {most_bytes} bytes") from None
        if not listener.complete:
            raise ProtocolProblem(f"the answer is no HTTP: {error}") from error
        listener.keep = False  # what follows the answer is not ours to understand
    return status, head, b"".join(listener.parts), False, listener.complete and listener.keep


class _Listener:
    """What llhttp tells about a message."""

    def __init__(self, most_bytes: int) -> None:
        self.parts: list[bytes] = []
        self.complete = self.keep = self.too_large = False
        self.should_keep_alive: Callable[[], bool] = lambda: False
        self._left_bytes = most_bytes

    def on_body(self, part: bytes) -> None:
        if self.complete:
            return
        self._left_bytes -= len(part)
        if self._left_bytes < 0:
            self.too_large = True
            raise TooLarge
        self.parts.append(part)

    def on_message_complete(self) -> None:
        self.keep = not self.complete and self.should_keep_alive()
        self.complete = True


def _status(data: bytes) -> int:
    if not data.startswith(b"HTTP/1.") or not data[9:12].isdigit():
        raise ProtocolProblem(f"the answer is no HTTP: {data[:40]!r}")
    return int(data[9:12])


def _stays_open(head: bytes) -> bool:
    """Whether the head of an answer without a body lets the connection be used again."""
    lowered = head.lower()
    if head.startswith(b"HTTP/1.0"):
        return b"\r\nconnection: keep-alive" in lowered
    return re.search(rb"\r\nconnection[ \t]*:[^\r]*close", lowered) is None
