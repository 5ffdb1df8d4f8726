"""What the official Pact core says about the test cases: answers and messages through its verifier, requests through
its mock server, as a user would meet it."""

from __future__ import annotations

import json
import os
import socket
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlencode

from benchmarks.contract.specification import Case

os.environ["PACT_DO_NOT_TRACK"] = "true"


def core_says(cases: Sequence[Case]) -> dict[str, bool]:
    """Case → whether the core takes what came for a match; cases that it cannot be asked about are left out."""
    found: dict[str, bool] = {}
    for version in ("3", "4"):
        mine = [case for case in cases if case.version == version]
        found |= _responses(version, [case for case in mine if case.part == "response"])
        found |= _messages(version, [case for case in mine if case.part == "message"])
    for case in cases:
        if case.part == "request" and (said := _request(case)) is not None:
            found[case.name] = said
    return found


def _responses(version: str, cases: Sequence[Case]) -> dict[str, bool]:
    interactions = [
        {
            "type": "Synchronous/HTTP",
            "description": f"case {n}",
            "request": {"method": "GET", "path": f"/{n}"},
            "response": {"status": 200, **case.plain["expected"]},
        }
        for n, case in enumerate(cases)
    ]
    with _served([{"status": 200, **case.plain["actual"]} for case in cases]) as port:
        return _verified(
            version, cases, interactions, "interactions", lambda v: v.add_transport(url=f"http://localhost:{port}")
        )


def _messages(version: str, cases: Sequence[Case]) -> dict[str, bool]:
    interactions = [
        {"type": "Asynchronous/Messages", "description": f"case {n}", **case.plain["expected"]}
        for n, case in enumerate(cases)
    ]

    def produce(*, name: str, metadata: dict[str, Any] | None) -> Any:
        plain = cases[int(name.removeprefix("case "))].plain["actual"]
        content, content_type = _content(plain.get("contents"), plain.get("metaData") or {})
        return {"contents": content, "content_type": content_type or "application/json", "metadata": None}

    key = "interactions" if version == "4" else "messages"
    return _verified(version, cases, interactions, key, lambda v: v.message_handler(produce))


def _verified(
    version: str, cases: Sequence[Case], interactions: list[dict[str, Any]], key: str, prepare: Any
) -> dict[str, bool]:
    from pact import Verifier

    pact = {
        "consumer": {"name": "us"}, "provider": {"name": "them"}, key: interactions,
        "metadata": {"pactSpecification": {"version": f"{version}.0.0"}},
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pact.json"
        path.write_text(json.dumps(pact))
        verifier = Verifier("them")
        prepare(verifier)
        verifier.add_source(path)
        with suppress(RuntimeError):  # failures are what we want to read
            verifier.verify()
        results = verifier.results
    wrong = {word for error in results.get("errors", []) for word in [error["interaction"].rpartition("case ")[2]]}
    return {case.name: not any(word.split(" ")[0] == str(n) for word in wrong) for n, case in enumerate(cases)}


@contextmanager
def _served(answers: list[dict[str, Any]]) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            plain = answers[int(self.path[1:])]
            headers = {name: value if isinstance(value, str) else ", ".join(value)
                       for name, value in (plain.get("headers") or {}).items()}  # fmt: skip
            content, content_type = _content(plain.get("body"), headers)
            if content_type and not any(name.lower() == "content-type" for name in headers):
                headers["Content-Type"] = content_type
            self.send_response(plain["status"])
            for name, value in headers.items():
                self.send_header(name, value.replace("\n", ""))
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()


def _content(body: Any, headers: dict[str, Any]) -> tuple[bytes, str]:
    """The bytes of a body in either version's form, and its media type."""
    content_type = next((str(v) for k, v in headers.items() if k.lower().replace("-", "") == "contenttype"), "")
    if isinstance(body, dict) and "content" in body:
        content_type, body = body.get("contentType") or content_type, body["content"]
    if body is None:
        return b"", content_type
    if isinstance(body, str) and "json" not in content_type:
        return body.encode(), content_type or ("application/xml" if body.startswith("<") else "text/plain")
    return (b"" if body == "" else json.dumps(body).encode()), content_type or "application/json"


def _request(case: Case) -> bool | None:
    """Ask the mock server; `None` for what it cannot be asked."""
    import pact_ffi

    expected, actual = case.plain["expected"], case.plain["actual"]
    target = actual.get("path", "/")
    if not target or not expected.get("path", "/"):
        return None
    pact = pact_ffi.new_pact("us", "them")
    pact_ffi.with_specification(
        pact, pact_ffi.PactSpecification.V3 if case.version == "3" else pact_ffi.PactSpecification.V4
    )
    handle = pact_ffi.new_interaction(pact, case.name)
    pact_ffi.with_request(handle, expected.get("method", "GET"), expected.get("path", "/"))
    part = pact_ffi.InteractionPart.REQUEST
    for name, values in _pairs(expected.get("query")):
        for index, value in enumerate(values):
            pact_ffi.with_query_parameter_v2(handle, name, index, value)
    for name, values in _pairs(expected.get("headers")):
        for index, value in enumerate(values):
            pact_ffi.with_header_v2(handle, part, name, index, value)
    if "body" in expected:
        content, content_type = _content(expected["body"], expected.get("headers") or {})
        if not content:
            return None  # the binding cannot say "an empty body"
        pact_ffi.with_body(handle, part, content_type or "application/json", content.decode())
    if "matchingRules" in expected:
        pact_ffi.with_matching_rules(handle, part, json.dumps(expected["matchingRules"]))
    pact_ffi.response_status(handle, 200)
    server = pact_ffi.create_mock_server_for_transport(pact, "localhost", 0, "http", None)
    _send(server.port, actual)
    return bool(pact_ffi.mock_server_matched(server))


def _pairs(values: Any) -> Iterator[tuple[str, list[str]]]:
    for name, value in (values or {}).items():
        yield name, value if isinstance(value, list) else [value]


def _send(port: int, actual: dict[str, Any]) -> None:
    headers = {name: ", ".join(values) for name, values in _pairs(actual.get("headers"))}
    content, content_type = _content(actual.get("body"), headers)
    if content and content_type and not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = content_type
    query = urlencode([(name, value) for name, values in _pairs(actual.get("query")) for value in values])
    target = actual.get("path", "/") + (f"?{query}" if query else "")
    lines = [f"{actual.get('method', 'GET')} {target} HTTP/1.1", f"Host: localhost:{port}", "Connection: close"]
    lines += [f"{name}: {value}".replace("\n", "") for name, value in headers.items()]
    lines.append(f"Content-Length: {len(content)}")
    with socket.create_connection(("localhost", port)) as connection:
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + content)
        while connection.recv(65536):
            pass
