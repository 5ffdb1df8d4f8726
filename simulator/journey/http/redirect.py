"""Where a redirect leads, as browsers and `requests` follow it."""

from __future__ import annotations

from urllib.parse import urljoin

MOST_REDIRECTS = 30
REDIRECTS = frozenset({301, 302, 303, 307, 308})


def redirected(method: str, url: str, status: int, location: str) -> tuple[str, str]:
    """Method and address of the request that follows.

    Args:
        method: of the request that was redirected, in capitals.
        url: where it went.
        status: of the answer, one of `REDIRECTS`.
        location: as the answer has it, each byte a character.
    """
    keeps = method == "HEAD" or status in (307, 308) or (status == 301 and method != "POST")
    return (method if keeps else "GET"), urljoin(url, _as_meant(location))


def _as_meant(location: str) -> str:
    """Raw bytes in a Location are UTF-8."""
    try:
        return location.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return location
