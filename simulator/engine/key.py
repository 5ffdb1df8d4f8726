"""A key that master and workers share: who does not have it can neither join a run nor read along.

Locust's messages go over ZeroMQ, which brings CurveZMQ: both ends derive the two pairs of keys from the shared key, so
a stranger knows neither the public key that a handshake needs nor any secret one. Without a key Locust's protocol has
no authentication at all.
"""

from __future__ import annotations

import os
import secrets
from functools import cache, wraps
from hashlib import scrypt
from typing import Any, Literal

from simulator.errors import UsageError

VARIABLE = "SIMULATOR_KEY"
"""The environment variable that holds the key; never an argument, which every user of a machine could read."""
SHORTEST = 16

HOW = f"export {VARIABLE}=$(python3 -c 'import secrets; print(secrets.token_urlsafe(32))'), the same everywhere"

Side = Literal["master", "worker"]


def shared_key() -> str:
    """The key that this process was given; empty text for none.

    Raises:
        UsageError: it could be guessed.
    """
    key = os.environ.get(VARIABLE, "")
    if key and len(key) < SHORTEST:
        raise UsageError(f"{VARIABLE} is shorter than {SHORTEST} characters", hint=HOW)
    return key


def new_key() -> str:
    """A key that nobody can guess."""
    return secrets.token_urlsafe(32)


def lock_sockets(key: str, side: Side) -> None:
    """From now on sockets that Locust opens in this process take the key; with an empty one they stay as they are."""
    if not key:
        return
    from locust.rpc import zmqrpc

    plain: Any = getattr(zmqrpc.BaseSocket.__init__, "__wrapped__", zmqrpc.BaseSocket.__init__)

    @wraps(plain)
    def made(self: Any, *arguments: Any) -> None:
        plain(self, *arguments)
        lock(self.socket, key, side)

    setattr(zmqrpc.BaseSocket, "__init__", made)  # noqa: B010 - for mypy, too


def lock(socket: Any, key: str, side: Side) -> None:
    """Make a socket of ZeroMQ's, before it is bound or connected, take part with this key alone."""
    socket.curve_publickey, socket.curve_secretkey = _pair(key, side)
    if side == "master":
        socket.curve_server = True
    else:
        socket.curve_serverkey, _ = _pair(key, "master")


@cache
def _pair(key: str, side: Side) -> tuple[bytes, bytes]:
    """Public and secret key of one side."""
    import zmq
    from zmq.utils import z85

    secret = z85.encode(scrypt(key.encode(), salt=f"simulator {side}".encode(), n=2**14, r=8, p=1, dklen=32))
    return zmq.curve_public(secret), secret
