"""Is anybody there? Asked once before load is sent."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from simulator.errors import UnreachableError

WITHIN_S = 5.0


def await_target(host: str) -> None:
    """Return when something accepts connections at this address.

    Raises:
        UnreachableError: nothing does, with the reason of the last try.
    """
    parts = urlsplit(host)
    name = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        with socket.create_connection((name, port), timeout=WITHIN_S):
            return
    except TimeoutError:
        reason = f"no answer within {WITHIN_S:g} s"
    except socket.gaierror as error:
        reason = f"the name {name!r} cannot be resolved: {error.strerror}"
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
    raise UnreachableError(f"nothing can be reached at {host}: {reason}", hint="is it running? is the address right?")
