"""Hosts that a run may load: this machine, and those that `allowed_hosts` of `simulator.yaml` names.

So that nobody load-tests production, or somebody else, by mistake.
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from ipaddress import ip_address


def is_allowed(host: str, listed: Iterable[str]) -> bool:
    """Whether a host may be loaded.

    Args:
        host: a name or an address, without a port.
        listed: names and addresses; `*` stands for any part, so `*.staging.example.com` are all hosts below it.
    """
    name = host.lower().strip("[]").rstrip(".")
    return is_here(name) or any(fnmatchcase(name, pattern.lower().rstrip(".")) for pattern in listed)


def is_here(host: str) -> bool:
    """Whether a host is this machine, whatever a resolver says."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False
