"""The HTTP client of a browser user: Playwright's request context, so that cookies are those of the page."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from http.cookiejar import Cookie
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urljoin, urlsplit

from simulator.allowed import host_of
from simulator.journey.http.body import encode_body, encode_params
from simulator.journey.http.caught import CaughtResponse
from simulator.journey.http.graphql import call_name, errors_in
from simulator.journey.http.headers import Headers, authorization
from simulator.journey.http.name import operation_name
from simulator.journey.http.problem import NotAllowed, TooManyRedirects, insist_on
from simulator.journey.http.redirect import MOST_REDIRECTS, REDIRECTS, redirected
from simulator.journey.http.response import Response
from simulator.journey.http.verbs import Verbs
from simulator.journey.operation import Operation
from simulator.journey.storage_state import write_state
from simulator.journey.track import Track

if TYPE_CHECKING:
    from playwright.sync_api import APIResponse

TIMEOUT_S = 60.0
MOST_BODY_BYTES = 10_000_000
_OF_BODY = {"content-type", "content-length", "content-encoding", "content-language", "content-location"}
_SIGNS: dict[str, type[Exception]] = {
    "TimeoutError": TimeoutError,
    "ECONNREFUSED": ConnectionRefusedError,
    "ECONNRESET": ConnectionResetError,
    "socket hang up": ConnectionResetError,
    "ENOTFOUND": socket.gaierror,
    "EAI_AGAIN": socket.gaierror,
}


class Sender(Protocol):
    """What sends requests and keeps cookies: Playwright's request context, or one that is made when it is needed."""

    @property
    def fetch(self) -> Callable[..., APIResponse]:
        """Sends a request: address, and Playwright's options."""

    def storage_state(self) -> Any:
        """Cookies and local storage."""


class Jar(Protocol):
    """Where the cookies of the page are."""

    def cookies(self) -> list[Any]:
        """All of them, as Playwright has them."""

    def add_cookies(self, cookies: list[Any]) -> None:
        """Put some in."""

    def clear_cookies(self) -> None:
        """Forget all."""


class BrowserCookies:
    """The cookies of page and client, with the interface of an API user's.

    Args:
        sender: knows them.
        jar: the page's context; `None` while there is no page, and nothing can be put in.
    """

    def __init__(self, sender: Sender, jar: Jar | None) -> None:
        self._sender = sender
        self._jar = jar

    def __len__(self) -> int:
        return len(self._all())

    def __iter__(self) -> Iterator[Cookie]:
        return (_cookie(plain) for plain in self._all())

    def get(self, name: str, default: str | None = None) -> str | None:
        """The value of a cookie of that name, from whatever site."""
        return next((str(plain["value"]) for plain in self._all() if plain["name"] == name), default)

    def set(self, name: str, value: str, *, domain: str, path: str = "/") -> None:
        """Put a cookie into the jar.

        Raises:
            RuntimeError: there is no page yet whose cookie it could be.
        """
        if self._jar is None:
            raise RuntimeError("there is no page yet: cookies are set in a journey")
        self._jar.add_cookies([{"name": name, "value": value, "domain": domain, "path": path}])

    def clear(self) -> None:
        """Forget all cookies."""
        if self._jar is not None:
            self._jar.clear_cookies()

    def _all(self) -> list[Any]:
        found: list[Any] = self._sender.storage_state()["cookies"] if self._jar is None else self._jar.cookies()
        return found


class BrowserClient(Verbs):
    """Requests beside the page, each measured as one operation of the step it is in; `ApiUser.client` otherwise.

    Args:
        sender: the request context of the page's browser context, or one for before there is a page.
        track: the user's.
        base_url: where paths belong.
        jar: the page's context; `None` while there is no page.

    Attributes:
        headers: sent with every request, besides the browser's own; may be changed at any time.
        cookies: those of the page.
        timeout_s: the longest that a request may take in all, unless it says otherwise.
        most_body_bytes: an answer with a larger body is a failure.
        verify: whether certificates must be good.
        allowed_hosts: what may be asked besides this machine, redirects included; `None` for wherever they lead.
    """

    def __init__(self, sender: Sender, track: Track, base_url: str, jar: Jar | None = None) -> None:
        self.base_url = base_url
        self.headers = Headers()
        self.cookies = BrowserCookies(sender, jar)
        self.timeout_s = TIMEOUT_S
        self.most_body_bytes = MOST_BODY_BYTES
        self.verify = True
        self.allowed_hosts: Sequence[str] | None = None
        self._sender = sender
        self._track = track

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Any = None,
        data: Any = None,
        json: Any = None,
        files: Any = None,
        headers: Mapping[str, str | None] | None = None,
        cookies: Mapping[str, str] | None = None,
        auth: tuple[str, str] | str | None = None,
        name: str | None = None,
        timeout: float | tuple[float, float] | None = None,
        allow_redirects: bool = True,
        catch_response: bool = False,
        context: Any = None,
    ) -> Any:
        """Send a request and measure it as one operation, redirects included.

        Args:
            method: such as GET.
            url: a path behind the user's host, or a whole address.
            params: for the query string.
            data: bytes, text, a file or an iterator (read before it is sent), or a mapping for a form.
            json: sent as JSON; a GraphQL call is named after its operation and fails with its `errors`.
            files: sent as multipart.
            headers: besides the client's own; `None` as a value leaves one out.
            cookies: besides those of the page.
            auth: (user, password) for basic, a text for bearer authentication.
            name: what the operation is called instead of its path.
            timeout: the longest it may take in all, in seconds; of a pair, the sum.
            allow_redirects: follow them.
            catch_response: let the author's `with` block judge the answer.
            context: taken so that API journeys run unchanged; nobody listens in the browser host.

        Returns:
            A `Response`, or with `catch_response` a `CaughtResponse`. When no answer came its status is 0; either way
            a bad one fails the step it is in.

        Raises:
            JourneyEnd: an earlier operation outside of any step failed.
        """
        method = method.upper()
        if params:
            encoded = encode_params(params)
            url = f"{url}{'&' if '?' in url else '?'}{encoded}" if encoded else url
        graphql = None if json is None else call_name(url, json)
        limit_s = self.timeout_s if timeout is None else sum(timeout) if isinstance(timeout, tuple) else timeout
        address = urljoin(self.base_url, url)
        sent: dict[str, Any] = {
            "method": method,
            "headers": self._fields(headers, cookies, auth),
            "timeout": limit_s * 1000,
            "max_redirects": 0,
            "fail_on_status_code": False,
            **({} if self.verify else {"ignore_https_errors": True}),
        }
        _put_body(sent, json, data, files)
        operation = self._track.operation(operation_name(method, urlsplit(url).path or "/", name or graphql), "http")
        response = self._send(address, sent, operation)
        if allow_redirects:
            response = self._followed(response, sent, operation)
        response.elapsed_s = self._track.clock() - operation.started_s
        if catch_response:
            return CaughtResponse(response, lambda said: self._settle(response, operation, said), operation.cut_off)
        self._settle(response, operation, errors_in(response.content) if graphql else None)
        return response

    def storage_state(self, path: str | Path | None = None) -> dict[str, Any]:
        """The user's cookies and local storage, as Playwright hands them from one context to another.

        Args:
            path: a file to keep it in as well.
        """
        state: dict[str, Any] = self._sender.storage_state()
        if path is not None:
            write_state(state, path)
        return state

    def close(self) -> None:
        """Nothing to hang up: connections are the browser's."""

    def _fields(
        self,
        own: Mapping[str, str | None] | None,
        cookies: Mapping[str, str] | None,
        auth: tuple[str, str] | str | None,
    ) -> dict[str, str]:
        fields: dict[str, str | None] = {**dict(self.headers), **(own or {})}
        if auth is not None:
            fields["Authorization"] = authorization(auth)
        if cookies:
            kept = [f"{cookie.name}={cookie.value}" for cookie in self.cookies if cookie.name not in cookies]
            fields["Cookie"] = "; ".join([*kept, *(f"{name}={value}" for name, value in cookies.items())])
        return {name: value for name, value in fields.items() if value is not None}

    def _followed(self, response: Response, options: dict[str, Any], operation: Operation) -> Response:
        """The response at the end of all redirects; Playwright would follow them to hosts that are not allowed."""
        ends_s = operation.started_s + options["timeout"] / 1000
        history: list[Response] = []
        while response.status_code in REDIRECTS and (location := response.headers.get("location")):
            if len(history) >= MOST_REDIRECTS:
                too_many = TooManyRedirects(f"more than {MOST_REDIRECTS} redirects")
                return Response.missing(too_many, response.url, response.sent)
            history.append(response)
            method, url = redirected(options["method"], response.url, response.status_code, location)
            options = _onward(options, method, leaves=urlsplit(url)[:2] != urlsplit(response.url)[:2])
            options["timeout"] = max(1.0, (ends_s - self._track.clock()) * 1000)
            response = self._send(url, options, operation)
        response.history = history
        return response

    def _send(self, url: str, options: dict[str, Any], operation: Operation) -> Response:
        from playwright.sync_api import Error

        lines = [f"{options['method']} {url} HTTP/1.1", *(f"{key}: {text}" for key, text in options["headers"].items())]
        sent = "\r\n".join(lines).encode("utf-8", "replace")
        if isinstance(options.get("data"), bytes):
            sent += b"\r\n\r\n" + options["data"]
        try:
            insist_on(host_of(url), self.allowed_hosts)
            answer = self._sender.fetch(url, **options)
            response = _response(answer, sent)
        except NotAllowed as error:
            return Response.missing(error, url, sent)
        except Error as error:
            return Response.missing(_as_systems(error), url, sent)
        except BaseException:
            operation.cut_off()
            raise
        if response.size_bytes > self.most_body_bytes:
            too_large = OSError(f"the body has more than {self.most_body_bytes} bytes")
            return Response.missing(too_large, response.url, sent)
        return response

    def _settle(self, response: Response, operation: Operation, said: str | None) -> None:
        """Write down how it went."""
        good = not said if said is not None else response.ok
        if good:
            operation.succeed(response.size_bytes, response.evidence)
            return
        error_class = response.error_class() if not response.ok else "check"
        message = said or f"{response.complaint()} from {operation.key.name}"
        operation.fail(error_class, message, response.size_bytes, response.evidence)


def _put_body(sent: dict[str, Any], json: Any, data: Any, files: Any) -> None:
    """The body as bytes, and the header that says what they are unless the author does."""
    body = None if json is None and data is None and files is None else encode_body(json, data, files)
    if body is None:
        return
    sent["data"] = body.content + b"".join(body.parts or ())
    if body.content_type and not any(field.lower() == "content-type" for field in sent["headers"]):
        sent["headers"]["Content-Type"] = body.content_type


def _onward(options: dict[str, Any], method: str, *, leaves: bool) -> dict[str, Any]:
    """A request as it is sent to where a redirect leads.

    Args:
        options: of the request that was redirected.
        method: the new one.
        leaves: it goes to another origin, where credentials do not belong.
    """
    left_out = {"cookie", *(["authorization"] if leaves else [])}
    onward = {**options, "method": method}
    if method != options["method"]:
        onward.pop("data", None)
        left_out |= _OF_BODY
    onward["headers"] = {name: text for name, text in options["headers"].items() if name.lower() not in left_out}
    return onward


def _response(answer: APIResponse, sent: bytes) -> Response:
    fields = [f"{field['name']}: {field['value']}" for field in answer.headers_array]
    head = "\r\n".join([f"HTTP/1.1 {answer.status} {answer.status_text}", *fields]).encode("latin-1", "replace")
    response = Response(answer.status, head, answer.body(), answer.url, sent)
    answer.dispose()
    return response


def _as_systems(error: Exception) -> Exception:
    """Playwright's error as the one of the system's that stands behind it."""
    words = str(error).splitlines()[0]
    for sign, kind in _SIGNS.items():
        if sign in words or type(error).__name__ == sign:
            return kind(words)
    return OSError(words)


def _cookie(plain: Mapping[str, Any]) -> Cookie:
    domain, expires = str(plain["domain"]), plain.get("expires", -1)
    return Cookie(
        0, plain["name"], plain["value"], None, False, domain, True, domain.startswith("."), plain["path"], True,
        bool(plain.get("secure")), None if expires == -1 else int(expires), expires == -1, None, None, {},
    )  # fmt: skip
