"""A request and its answer as a text to read: the evidence of a failed operation."""

from __future__ import annotations

from simulator.journey.http.secrets import mask_body, mask_head
from simulator.record.failure import Evidence

MOST_BODY_BYTES = 10_000
NAME = "exchange.txt"


def exchange(sent: bytes, head: bytes, body: bytes, error: str | None) -> Evidence:
    """The text of an exchange, secrets masked, bodies cut to what one can read.

    Args:
        sent: the request as it was sent.
        head: the answer's head without its last line breaks; empty when none came.
        body: the answer's body, decoded.
        error: why there is no whole answer, or `None`.
    """
    request_head, _, request_body = sent.partition(b"\r\n\r\n")
    parts = [_message(request_head, request_body)]
    if head:
        parts.append(_message(head, body))
    if error:
        parts.append(f"({error})")
    return Evidence(NAME, "\n\n".join(parts).encode())


def _message(head: bytes, body: bytes) -> str:
    masked = mask_head(head.decode("latin-1")).replace("\r\n", "\n")
    return f"{masked}\n\n{_readable(body)}" if body else masked


def _readable(body: bytes) -> str:
    text = mask_body(body[:MOST_BODY_BYTES].decode("utf-8", "replace"))
    if text.count("\ufffd") > len(text) / 10:
        return f"({len(body)} bytes that are no text)"
    return text if len(body) <= MOST_BODY_BYTES else f"{text}\n… ({len(body)} bytes)"
