"""Hosts that a run may load: this machine, and those that `allowed_hosts` of `simulator.yaml` names.

So that nobody load-tests production, or somebody else, by mistake.
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from ipaddress import ip_address
from urllib.parse import urlsplit


def is_allowed(host: str, listed: Iterable[str]) -> bool:
    """Whether a host may be loaded.

    Args:
        host: a name or an address, without a port.
        listed: names and addresses; `*` stands for any part, so `*.staging.example.com` are all hosts below it.
    """
    name = host.lower().strip("[]").rstrip(".")
    return is_here(name) or any(fnmatchcase(name, pattern.lower().rstrip(".")) for pattern in listed)


def refusal(host: str, listed: Iterable[str] | None) -> str | None:
    """Why a run must not reach a host, in a sentence for its report; `None` when it may.

    Args:
        host: a name or an address, without a port.
        listed: as for `is_allowed`; `None` for "wherever it leads".
    """
    if listed is None or is_allowed(host, listed):
        return None
    return f"{host} is not among the allowed_hosts of simulator.yaml; nothing was sent"


def host_of(url: str) -> str:
    """The host that an address leads to; the address itself, which is nobody's name, when readers disagree about that.

    Python and browsers read a backslash before the path differently: either could be led elsewhere.
    """
    try:
        parts = urlsplit(url)
        return url if "\\" in parts.netloc else parts.hostname or url
    except ValueError:
        return url


def is_here(host: str) -> bool:
    """Whether a host is this machine, whatever a resolver says."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False
