"""What can go wrong between sending a request and having its answer."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterable

from simulator.allowed import refusal

OPEN_FILES = "open files"
"""The class of what failed because this process, not the target, had no more files to open."""


class HttpProblem(Exception):  # noqa: N818 - the base of what an exchange can run into
    """The exchange failed though bytes came through.

    Attributes:
        error_class: the short word that it is counted under.
    """

    error_class = "protocol"


class ProtocolProblem(HttpProblem):
    """What came is not HTTP, or not what its headers promise."""


class TooLarge(HttpProblem):
    """The answer is larger than the client is allowed to keep."""

    error_class = "too large"


class TooManyRedirects(HttpProblem):
    """The answer led on and on."""

    error_class = "redirects"


class NotAllowed(HttpProblem):
    """The request leads to a host that the run may not load."""

    error_class = "not allowed"


class DeadlineExceeded(TimeoutError):  # noqa: N818 - says what happened, as its base does not
    """The answer was not complete in time."""


class Stale(ConnectionResetError):  # noqa: N818 - a state of the connection
    """The connection was closed before any byte of the answer came."""


class HTTPError(Exception):
    """What `raise_for_status` raises: the answer's status is 400 or more, or there was none."""


def insist_on(host: str, allowed_hosts: Iterable[str] | None) -> None:
    """Go on only to a host that the run may load.

    Args:
        host: a name or an address, without a port.
        allowed_hosts: what may be reached besides this machine; `None` for anything.

    Raises:
        NotAllowed: it may not load this one.
    """
    reason = refusal(host, allowed_hosts)
    if reason is not None:
        raise NotAllowed(reason)


def class_of(error: BaseException) -> str:
    """The short word that a failed exchange is counted under, see `FailureKey`."""
    if isinstance(error, HttpProblem):
        return error.error_class
    if isinstance(error, ssl.SSLError):
        return "tls"
    if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
        return OPEN_FILES
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, ConnectionRefusedError):
        return "refused"
    if isinstance(error, socket.gaierror):
        return "dns"
    if isinstance(error, ConnectionError):
        return "reset"
    return "unreachable" if isinstance(error, OSError) else type(error).__name__


def words_of(error: BaseException) -> str:
    """The error in words; those of the system without their number."""
    return (error.strerror if isinstance(error, OSError) and error.strerror else str(error)) or type(error).__name__
