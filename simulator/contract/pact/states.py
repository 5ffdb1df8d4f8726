"""Brings a provider into the states that interactions ask for.

By the requests of the journey that they were collected from, by Python functions, by what a file declares, or by
asking the provider's own address for it.
"""

from __future__ import annotations

import http.client
import importlib
import json
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

WITHIN_S = 30.0
STOPS_WITHIN_S = 0.05
"""A server that is to end looks so often whether it should."""
_TOKENS = ("token", "access_token", "accessToken", "id_token")


class StateServer:
    """Answers the core's wishes for states, over HTTP on loopback.

    Args:
        provider_url: the provider.
        ways: `function` (`module:name`, called with state and parameters), `url` (asked as the Pact specification
            says), `declared` (state → `url`, `requests`, `command` or `function`).

    Attributes:
        url: where it listens.
        failures: what could not be brought about, in words.
    """

    def __init__(self, provider_url: str, ways: Mapping[str, Any]) -> None:
        self._provider_url, self._ways = provider_url, ways
        self.failures: list[str] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:  # noqa: N802 - the library's name
                asked = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
                try:
                    status, told = 200, server.bring_about(asked)
                except Exception as error:
                    # the core asks again and again, ever more slowly, after a 5xx
                    status, told = 422, {"error": f"{type(error).__name__}: {error}"}
                    server.failures.append(f"{asked.get('state')}: {error}")
                content = json.dumps(told).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                """Nobody wants to read it."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/states"

    def __enter__(self) -> StateServer:
        Thread(target=self._server.serve_forever, args=(STOPS_WITHIN_S,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def bring_about(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Bring one state about, or take it down again; returns values that requests may contain.

        Raises:
            LookupError: nobody knows how.
            RuntimeError: it went wrong.
        """
        state, params = str(asked.get("state") or ""), asked.get("params") or {}
        declared = (self._ways.get("declared") or {}).get(state)
        if asked.get("action") == "teardown":
            return self._taken_down(state, params, declared)
        if not state:
            return {}
        if declared is not None:
            return self._declared(declared, state, params)
        if self._ways.get("function"):
            return _called(self._ways["function"], state, params)
        if self._ways.get("url"):
            return _asked_url(self._ways["url"], asked)
        if isinstance(params.get("requests"), list):
            return replayed(self._provider_url, params["requests"], params.get("captures") or {})
        raise LookupError("nobody knows how to bring it about; give --states a URL, a function or a file")

    def _taken_down(self, state: str, params: Mapping[str, Any], declared: Any) -> dict[str, Any]:
        url = self._ways.get("url") if declared is None else declared.get("url")
        if isinstance(declared, Mapping) and declared.get("after"):
            _run(str(declared["after"]))
        return _asked_url(url, {"state": state, "params": params, "action": "teardown"}) if url else {}

    def _declared(self, declared: Any, state: str, params: Mapping[str, Any]) -> dict[str, Any]:
        if declared is None or declared == {}:
            return {}
        values: dict[str, Any] = dict(declared.get("values") or {})
        if declared.get("url"):
            values |= _asked_url(declared["url"], {"state": state, "params": params, "action": "setup"})
            if isinstance(params.get("requests"), list) and not declared.get("requests"):
                values |= replayed(self._provider_url, params["requests"], params.get("captures") or {})
        if declared.get("command"):
            values |= _run(str(declared["command"]))
        if declared.get("requests"):
            values |= replayed(self._provider_url, declared["requests"], declared.get("captures") or {})
        if declared.get("function"):
            values |= _called(str(declared["function"]), state, params)
        return values


def replayed(provider_url: str, requests: Sequence[Mapping[str, Any]], captures: Mapping[str, Any]) -> dict[str, Any]:
    """Send requests in order as one visitor; returns its `cookie`, `authorization`, and what `captures` takes out.

    Raises:
        RuntimeError: one of them is answered with an error.
    """
    cookies: SimpleCookie = SimpleCookie()
    values: dict[str, Any] = {}
    answers = []
    for request in requests:
        status, headers, content = _send(provider_url, request, cookies, values.get("authorization"))
        if status >= 400:
            raise RuntimeError(f"{request['method']} {request['path']} was answered with {status}: {content[:200]!r}")
        for line in headers.get_all("Set-Cookie") or ():
            cookies.load(line)
        answer = _json(content)
        answers.append(answer)
        if token := next((answer[name] for name in _TOKENS if isinstance(answer, dict) and answer.get(name)), None):
            values["authorization"] = f"Bearer {token}"
    for name, capture in captures.items():
        values[name] = _at(answers[capture["request"]], str(capture["path"]))
    if cookies:
        values["cookie"] = "; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items())
    return values


def _send(
    provider_url: str, request: Mapping[str, Any], cookies: SimpleCookie, authorization: str | None
) -> tuple[int, Any, bytes]:
    parts = urlsplit(provider_url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=WITHIN_S)
    headers = dict(request.get("headers") or {})
    body = request.get("body")
    content: bytes | None = None
    if body is not None:
        content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        headers.setdefault("Content-Type", request.get("content_type") or "application/json")
    if cookies:
        headers["Cookie"] = "; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items())
    if authorization:
        headers.setdefault("Authorization", authorization)
    try:
        connection.request(request["method"], parts.path.rstrip("/") + request["path"], content, headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def _asked_url(url: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The provider's own address for states: it gets what the core sent, and may return values."""
    parts = urlsplit(url)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    status, _, content = _send(
        f"{parts.scheme}://{parts.netloc}", {"method": "POST", "path": path, "body": dict(asked)}, SimpleCookie(), None
    )
    told = _json(content)
    if status >= 400:
        said = told["error"] if isinstance(told, dict) and "error" in told else repr(content[:200])
        raise RuntimeError(f"POST {url} was answered with {status}: {said}")
    return told if isinstance(told, dict) else {}


def _called(name: str, state: str, params: Mapping[str, Any]) -> dict[str, Any]:
    module, _, attribute = name.partition(":")
    made = getattr(importlib.import_module(module), attribute)(state, dict(params))
    return dict(made) if isinstance(made, Mapping) else {}


def _run(command: str) -> dict[str, Any]:
    """A command that brings a state about; a JSON object as its last line are values."""
    ended = subprocess.run(shlex.split(command), capture_output=True, text=True, timeout=WITHIN_S, check=False)
    if ended.returncode:
        raise RuntimeError(f"{command!r} ended with exit code {ended.returncode}: {ended.stderr.strip()[-300:]}")
    last = ended.stdout.strip().splitlines()[-1:] or [""]
    told = _json(last[0].encode())
    return told if isinstance(told, dict) else {}


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None


def _at(value: Any, path: str) -> Any:
    for name in path.removeprefix("$").strip(".").split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
