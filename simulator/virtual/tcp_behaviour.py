"""What a TCP proxy can be made to do: the same faults as a virtual service, as far as bytes without a meaning have them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class TcpBehaviour:
    """One way of behaving; what is `None` or false stays as it is.

    Attributes:
        delay_s: on every piece that passes, in each direction.
        bytes_per_s: no more than this in each direction of a connection.
        piece_bytes: passed on in pieces of this size, one every `piece_every_s`.
        piece_every_s: the time between two pieces.
        silent: nothing passes, and connections stay open.
        refuse: new connections are closed at once, in silence.
        reset: connections, new and old, are reset.
        most_bytes: after so many bytes from the service a connection is closed.
    """

    delay_s: float = 0.0
    bytes_per_s: float | None = None
    piece_bytes: int | None = None
    piece_every_s: float = 0.0
    silent: bool = False
    refuse: bool = False
    reset: bool = False
    most_bytes: int | None = None


BUILT_IN: Mapping[str, TcpBehaviour] = {
    "latency": TcpBehaviour(delay_s=0.1),
    "slow": TcpBehaviour(delay_s=1.0),
    "throttled": TcpBehaviour(bytes_per_s=10_000.0),
    "drip": TcpBehaviour(piece_bytes=16, piece_every_s=0.05),
    "timeout": TcpBehaviour(silent=True),
    "empty": TcpBehaviour(refuse=True),
    "reset": TcpBehaviour(reset=True),
    "truncated": TcpBehaviour(most_bytes=100),
}
"""Name → behaviour, for phases and the control interface."""
