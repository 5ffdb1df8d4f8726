"""Finds addresses and opens sockets."""

from __future__ import annotations

import socket
from time import monotonic
from typing import NamedTuple

import gevent.socket
from gevent.monkey import get_original

KEEP_S = 5.0
"""How long an answer of the resolver is used. The system does not tell how long it holds, but keeps it for so long
itself where it has a cache; so a change is seen soon after its time."""

Addresses = list[tuple[int, tuple[object, ...]]]
PlainSocket = get_original("socket", "socket")


class Origin(NamedTuple):
    """Where a request goes."""

    scheme: str
    host: str
    port: int


class Resolver:
    """Addresses of hosts, remembered for a while; shared by the users of a process."""

    def __init__(self) -> None:
        self._known: dict[Origin, tuple[float, Addresses]] = {}

    def addresses(self, origin: Origin) -> Addresses:
        """Family and address of each way to reach the origin, best first.

        Raises:
            socket.gaierror: the name is not known.
        """
        known = self._known.get(origin)
        if known is not None and known[0] > monotonic():
            return known[1]
        found = gevent.socket.getaddrinfo(origin.host, origin.port, 0, socket.SOCK_STREAM)
        addresses: Addresses = [(entry[0], entry[4]) for entry in found]
        self._known[origin] = (monotonic() + KEEP_S, addresses)
        return addresses


def dial(addresses: Addresses, deadline_s: float) -> socket.socket:
    """A connected, non-blocking socket that gevent no longer knows of, so that we can wait on it ourselves.

    Args:
        addresses: tried one after the other.
        deadline_s: when to give up, on the monotonic clock.

    Raises:
        OSError: none of them could be reached; the last one's reason.
    """
    failed: OSError = OSError("no address")
    for family, address in addresses:
        cooperative = gevent.socket.socket(family, socket.SOCK_STREAM)
        try:
            cooperative.settimeout(max(0.001, deadline_s - monotonic()))
            cooperative.connect(address)
            cooperative.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            plain: socket.socket = PlainSocket(family, socket.SOCK_STREAM, 0, cooperative.detach())
        except OSError as error:
            failed = error
            continue
        finally:
            cooperative.close()
        plain.setblocking(False)
        return plain
    raise failed
