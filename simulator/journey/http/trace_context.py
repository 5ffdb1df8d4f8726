"""W3C trace context: a `traceparent` on each request, so that a service's own traces can be found from the evidence.

Each request is a trace of its own. Identifiers are a random beginning for the process and a counter, which costs less
than drawing each, and differ all the same. See https://www.w3.org/TR/trace-context/.
"""

from __future__ import annotations

import secrets
from itertools import count

MOST_HEADS = 512
_HAS_ITS_OWN = 0


class TraceContext:
    """Marks the requests of one client."""

    __slots__ = ("_beginning", "_next", "_places")

    def __init__(self) -> None:
        self._beginning = b"traceparent: 00-" + secrets.token_hex(8).encode()
        self._next = count(secrets.randbits(62) + 1).__next__
        self._places: dict[bytes, int] = {}

    def marked(self, request: bytes, head: bytes) -> bytes:
        """A request with a trace of its own, unless its author has given it one.

        Args:
            request: all of it.
            head: what it begins with, the same object each time it is sent, so that it is looked at only once.
        """
        at = self._places.get(head)
        if at is None:
            at = self._look_at(head)
        if at == _HAS_ITS_OWN:
            return request
        number = b"%016x" % self._next()
        return b"".join((request[:at], self._beginning, number, b"-", number, b"-01\r\n", request[at:]))

    def _look_at(self, head: bytes) -> int:
        """Where a head takes the line; nowhere if it has one."""
        if len(self._places) >= MOST_HEADS:
            self._places.clear()
        at = _HAS_ITS_OWN if b"\r\ntraceparent:" in head.lower() else head.index(b"\r\n") + 2
        self._places[head] = at
        return at


def traceparent() -> str:
    """A new trace, for those who send few requests."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
