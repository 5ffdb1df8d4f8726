"""What is the same each time a request is sent: worked out once, then kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urlsplit

from simulator.journey.http.dial import Origin
from simulator.journey.http.headers import head_lines
from simulator.journey.http.name import operation_name

_PORTS = {"http": 80, "https": 443}
_SAFE = "!#$%&'()*+,/:;=?@[]~"
_WITHOUT_BODY = frozenset({"GET", "HEAD"})
IDEMPOTENT = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"})


@dataclass(frozen=True, slots=True)
class Plan:
    """A request without its cookies and body.

    Attributes:
        method: in capitals.
        url: the whole address, without its fragment.
        origin: where it goes.
        head: request line and header fields.
        whole: all that is sent when there are no cookies and no body.
        name: what the operation is called.
        bodiless: its answer has no body, whatever it says.
        once_only: it must not be sent twice.
    """

    method: str
    url: str
    origin: Origin
    head: bytes
    whole: bytes
    name: str
    bodiless: bool
    once_only: bool


def plan_request(
    method: str, url: str, headers: Mapping[str, str | None], name: str | None, base: Origin | None
) -> Plan:
    """Work out a request.

    Args:
        method: in capitals.
        url: the whole address.
        headers: all header fields; those that are `None` are left out.
        name: the author's own name for it, or `None`.
        base: where the user is at home; requests to elsewhere carry the host in their name.

    Raises:
        ValueError: the address or a header cannot be sent.
    """
    parts = split(url)
    origin = origin_of(parts)
    path = quote(parts.path or "/", safe=_SAFE)
    target = path + (f"?{quote(parts.query, safe=_SAFE)}" if parts.query else "")
    host = _host(parts, origin)
    lines = {} if any(field.lower() == "host" for field in headers) else {"Host": host}
    head = f"{method} {target} HTTP/1.1\r\n{head_lines({**lines, **headers})}"
    sent = head.encode("latin-1")
    called = parts.path or "/" if base in (None, origin) else f"{host}{parts.path}"
    return Plan(
        method,
        f"{parts.scheme}://{host}{target}",
        origin,
        sent,
        sent + (b"\r\n" if method in _WITHOUT_BODY else b"Content-Length: 0\r\n\r\n"),
        operation_name(method, called, name),
        method == "HEAD",
        method not in IDEMPOTENT,
    )


def split(url: str) -> SplitResult:
    """The parts of an address.

    Raises:
        ValueError: it is no address of HTTP.
    """
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError(f"{url!r} is no address of the form http://host/path")
    return parts


def origin_of(parts: SplitResult) -> Origin:
    """Scheme, host and port of an address."""
    assert parts.hostname is not None
    host = parts.hostname if parts.hostname.isascii() else parts.hostname.encode("idna").decode()
    return Origin(parts.scheme, host, parts.port or _PORTS[parts.scheme])


def join(base: str, url: str) -> str:
    """An address as the author gave it, made whole: paths are put behind the user's host, as Locust does."""
    if "://" in url.partition("?")[0]:
        return url
    if not base:
        raise ValueError(f"{url!r} has no host: give the user a `host`, or the run with --host")
    return f"{base.rstrip('/')}/{url.lstrip('/')}" if url else base


def _host(parts: SplitResult, origin: Origin) -> str:
    host = f"[{origin.host}]" if ":" in origin.host else origin.host
    return host if origin.port == _PORTS[parts.scheme] else f"{host}:{origin.port}"
