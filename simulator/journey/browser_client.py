"""The HTTP client of a browser user: Playwright's request context, so that cookies are those of the page."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import orjson

from simulator.journey.http.name import operation_name
from simulator.journey.http.response import Response
from simulator.journey.track import Track

if TYPE_CHECKING:
    from playwright.sync_api import APIRequestContext, APIResponse

TIMEOUT_S = 60.0
_SIGNS: dict[str, type[Exception]] = {
    "TimeoutError": TimeoutError,
    "ECONNREFUSED": ConnectionRefusedError,
    "ECONNRESET": ConnectionResetError,
    "socket hang up": ConnectionResetError,
    "ENOTFOUND": socket.gaierror,
    "EAI_AGAIN": socket.gaierror,
}


class BrowserClient:
    """Requests beside the page, each measured as one operation of the step it is in.

    Args:
        requests: the request context of the page's browser context.
        track: the user's.
        base_url: where paths belong.
    """

    def __init__(self, requests: APIRequestContext, track: Track, base_url: str) -> None:
        self.base_url = base_url
        self._requests = requests
        self._track = track

    def get(self, url: str, **options: Any) -> Response:
        """Send a GET request; see `request`."""
        return self.request("GET", url, **options)

    def head(self, url: str, **options: Any) -> Response:
        """Send a HEAD request; see `request`."""
        return self.request("HEAD", url, **options)

    def post(self, url: str, data: Any = None, json: Any = None, **options: Any) -> Response:
        """Send a POST request; see `request`."""
        return self.request("POST", url, data=data, json=json, **options)

    def put(self, url: str, data: Any = None, **options: Any) -> Response:
        """Send a PUT request; see `request`."""
        return self.request("PUT", url, data=data, **options)

    def patch(self, url: str, data: Any = None, **options: Any) -> Response:
        """Send a PATCH request; see `request`."""
        return self.request("PATCH", url, data=data, **options)

    def delete(self, url: str, **options: Any) -> Response:
        """Send a DELETE request; see `request`."""
        return self.request("DELETE", url, **options)

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, Any] | None = None,
        data: Any = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        name: str | None = None,
        timeout: float = TIMEOUT_S,
        allow_redirects: bool = True,
    ) -> Response:
        """Send a request and measure it as one operation, redirects included.

        Args:
            method: such as GET.
            url: a path behind the user's host, or a whole address.
            params: for the query string.
            data: bytes, text, or a mapping for a form.
            json: sent as JSON.
            headers: besides the browser's own.
            name: what the operation is called instead of its path.
            timeout: the longest it may take, in seconds.
            allow_redirects: follow them.

        Returns:
            The answer; its status is 0 when none came. A bad one fails the step it is in.

        Raises:
            JourneyEnd: an earlier operation outside of any step failed.
        """
        options: dict[str, Any] = {"method": method, "timeout": timeout * 1000, "headers": dict(headers or {})}
        options |= {"max_redirects": 20 if allow_redirects else 0, "fail_on_status_code": False}
        if params:
            options["params"] = dict(params)
        options |= _body(data, json, options["headers"])
        operation = self._track.operation(operation_name(method, urlsplit(url).path or "/", name), "http")
        response = self._send(urljoin(self.base_url, url), options)
        if response.ok:
            operation.succeed(response.size_bytes, response.evidence)
        else:
            message = f"{response.complaint()} from {method} {urlsplit(response.url).path}"
            operation.fail(response.error_class(), message, response.size_bytes, response.evidence)
        response.elapsed_s = operation.service_s
        return response

    def _send(self, url: str, options: dict[str, Any]) -> Response:
        from playwright.sync_api import Error

        sent = f"{options['method']} {url} HTTP/1.1".encode()
        try:
            return _response(self._requests.fetch(url, **options), sent)
        except Error as error:
            return Response.missing(_as_systems(error), url, sent)


def _body(data: Any, json: Any, headers: dict[str, str]) -> dict[str, Any]:
    """The options for a body; Playwright names them by kind."""
    if json is not None:
        headers.setdefault("Content-Type", "application/json")
        return {"data": orjson.dumps(json)}
    if isinstance(data, Mapping):
        return {"form": dict(data)}
    return {} if data is None else {"data": data}


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
