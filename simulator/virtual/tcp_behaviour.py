"""What a TCP proxy can be made to do: the faults of a virtual service, as far as plain bytes have them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from simulator.errors import UsageError, did_you_mean
from simulator.units import parse_duration, parse_size


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
    "throttled": TcpBehaviour(bytes_per_s=10_000.0),
    "drip": TcpBehaviour(piece_bytes=16, piece_every_s=0.05),
    "timeout": TcpBehaviour(silent=True),
    "empty": TcpBehaviour(refuse=True),
    "reset": TcpBehaviour(reset=True),
    "truncated": TcpBehaviour(most_bytes=100),
}
"""Name → behaviour as it usually is."""


def tcp_behaviour(words: str) -> TcpBehaviour:
    """The behaviour of a name, or of a name and a value: `latency 250 ms`, `throttled 5 KB/s`, `truncated 1 KB`.

    Raises:
        UsageError: there is no such behaviour, or it takes no such value.
    """
    name, _, value = words.strip().partition(" ")
    usual = BUILT_IN.get(name)
    if usual is None:
        raise UsageError(f"a TCP proxy has no behaviour {name!r}", hint=did_you_mean(name, list(BUILT_IN)))
    if not value:
        return usual
    try:
        if name == "latency":
            return replace(usual, delay_s=parse_duration(value))
        if name == "throttled":
            return replace(usual, bytes_per_s=parse_size(value.removesuffix("/s").strip()))
        if name == "truncated":
            return replace(usual, most_bytes=int(parse_size(value)))
    except ValueError as error:
        raise UsageError(f"{words!r}: {error}") from error
    raise UsageError(f"the behaviour {name!r} takes no value", hint="latency, throttled and truncated take one")
