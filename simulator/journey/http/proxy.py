"""Proxies: named by the author or by the environment, as `requests` and curl understand it."""

from __future__ import annotations

import urllib.request
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from simulator.journey.http.dial import Origin
from simulator.journey.http.problem import HttpProblem

_PORTS = {"http": 80, "https": 443}


class ProxyProblem(HttpProblem):
    """The proxy does not let us through."""

    error_class = "proxy"


@dataclass(frozen=True)
class Proxy:
    """Where requests go instead of their origin.

    Attributes:
        origin: the proxy's own address.
        authorization: header line that it wants to see, or nothing.
    """

    origin: Origin
    authorization: bytes = b""

    def rewritten(self, request: bytes, there: Origin) -> bytes:
        """A plain request as a proxy takes it: with the whole address in its first line."""
        method, _, rest = request.partition(b" ")
        line, _, rest = rest.partition(b"\r\n")
        return b"%b %b%b\r\n%b%b" % (method, f"http://{_authority(there)}".encode(), line, self.authorization, rest)

    def connect(self, there: Origin) -> bytes:
        """The request that opens a tunnel."""
        where = _authority(there, always_port=True).encode()
        return b"CONNECT %b HTTP/1.1\r\nHost: %b\r\n%b\r\n" % (where, where, self.authorization)


def proxy_for(there: Origin, named: Mapping[str, str] | None) -> Proxy | None:
    """The proxy on the way to an origin, or `None`.

    Args:
        there: the origin. Loopback addresses are never asked for through the environment's proxy.
        named: scheme (or `all`) → address, by the author; `None` for what the environment says.

    Raises:
        ValueError: the proxy's address is none.
    """
    proxies = named
    if proxies is None:
        loopback = there.host == "localhost" or there.host.startswith("127.") or there.host == "::1"
        if loopback or urllib.request.proxy_bypass(there.host):
            return None
        proxies = urllib.request.getproxies()
    address = proxies.get(there.scheme) or proxies.get("all")
    return _parsed(address) if address else None


def _parsed(address: str) -> Proxy:
    parts = urlsplit(address if "://" in address else f"http://{address}")
    if parts.scheme != "http" or not parts.hostname:
        raise ValueError(f"{address!r} is no HTTP proxy")
    credentials = b""
    if parts.username:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
        credentials = b"Proxy-Authorization: Basic %b\r\n" % b64encode(pair)
    return Proxy(Origin("http", parts.hostname, parts.port or _PORTS["http"]), credentials)


def _authority(origin: Origin, *, always_port: bool = False) -> str:
    host = f"[{origin.host}]" if ":" in origin.host else origin.host
    return f"{host}:{origin.port}" if always_port or origin.port != _PORTS[origin.scheme] else host
