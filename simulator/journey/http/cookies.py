"""Cookies of one user, by the rules of the standard library's cookie jar."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import Message
from http.cookiejar import Cookie, CookieJar
from urllib.request import Request

from simulator.journey.http.headers import Headers

MOST_LINES = 256


class _Answer:
    """What the standard library's jar wants to see of an answer."""

    def __init__(self, headers: Headers) -> None:
        self._message = Message()
        for value in headers.all("set-cookie"):
            self._message["Set-Cookie"] = value

    def info(self) -> Message:
        return self._message


class Cookies:
    """The jar, and for each address the line that goes into requests, kept until the jar changes.

    Attributes:
        jar: the standard library's.
        used: a cookie was ever put into it; while not, requests need not ask.
    """

    def __init__(self) -> None:
        self.jar = CookieJar()
        self.used = False
        self._lines: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self.jar)

    def __iter__(self) -> Iterator[Cookie]:
        return iter(self.jar)

    def line(self, url: str) -> str:
        """The value of the Cookie header for this address, or empty text."""
        line = self._lines.get(url)
        if line is None:
            request = Request(url)
            self.jar.add_cookie_header(request)
            line = request.get_header("Cookie") or ""
            if not any(cookie.expires for cookie in self.jar):  # a line with cookies that expire must not be kept
                if len(self._lines) >= MOST_LINES:
                    self._lines.clear()
                self._lines[url] = line
        return line

    def take(self, url: str, headers: Headers) -> dict[str, str]:
        """Keep the cookies that an answer from this address sets; returns what of them was accepted."""
        made = self.jar.make_cookies(_Answer(headers), Request(url))  # type: ignore[arg-type]
        self.jar.extract_cookies(_Answer(headers), Request(url))  # type: ignore[arg-type]
        self._changed()
        return {cookie.name: cookie.value or "" for cookie in made}

    def get(self, name: str, default: str | None = None) -> str | None:
        """The value of a cookie of that name, from whatever site."""
        return next((cookie.value for cookie in self.jar if cookie.name == name), default)

    def set(self, name: str, value: str, *, domain: str, path: str = "/") -> None:
        """Put a cookie into the jar."""
        self.jar.set_cookie(
            Cookie(0, name, value, None, False, domain, bool(domain), domain.startswith("."), path, True, False,
                   None, True, None, None, {})
        )  # fmt: skip
        self._changed()

    def clear(self) -> None:
        """Forget all cookies."""
        self.jar.clear()
        self._lines.clear()

    def _changed(self) -> None:
        self.used = True
        self._lines.clear()
