"""The official Pact core in a process of its own: `python -m simulator.contract.pact.core`.

Inside a process that gevent has patched the core stalls and fails, and its calls cannot be interrupted; so the
verification runs here, without gevent. It gets one JSON object on standard input and answers with one in the file that
it is told; what the core prints goes to standard output.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


def main(arguments: list[str]) -> int:
    """Verify what standard input asks for; returns 0 when there is an answer, whatever it says."""
    os.environ["PACT_DO_NOT_TRACK"] = "true"  # else it calls home
    job = json.load(sys.stdin)
    sys.path[:0] = job.get("paths", [])
    try:
        answer = _verified(job)
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    Path(arguments[0]).write_text(json.dumps(answer), encoding="utf-8")
    return 0


def _verified(job: Mapping[str, Any]) -> dict[str, Any]:
    from pact import Verifier

    from simulator.contract.pact.states import StateServer

    url = urlsplit(job["url"]) if job.get("url") else None
    verifier = Verifier(job["provider"], host=url.hostname if url else None)
    if url is not None:
        verifier.add_transport(url=job["url"])
    verifier.set_request_timeout(int(job["timeout_s"] * 1000))
    verifier.set_coloured_output(enabled=False)
    verifier.follow_redirects(False)
    for name, value in job.get("headers", {}).items():
        verifier.add_custom_header(name, value)
    if job.get("insecure"):
        verifier.disable_ssl_verification()
    if job.get("messages"):
        verifier.message_handler(_producer(job["messages"]))
    with _file(job["pact"]) as path, StateServer(job.get("url") or "", job.get("states") or {}) as states:
        verifier.state_handler(states.url, teardown=True, body=True)
        verifier.add_source(path)
        with suppress(RuntimeError):  # what failed stands in the results
            verifier.verify()
        return {"results": verifier.results, "states": states.failures}


@contextmanager
def _file(pact: Mapping[str, Any]) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pact.json"
        path.write_text(json.dumps(pact), encoding="utf-8")
        yield path


def _producer(name: str) -> Callable[..., Any]:
    """What makes messages, from an author's function of description and metadata."""
    module, _, attribute = name.partition(":")
    make: Any = getattr(importlib.import_module(module), attribute)

    def produce(*, name: str, metadata: dict[str, Any] | None) -> Any:
        made = make(name)
        body, about = made if isinstance(made, tuple) else (made, {})
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        content_type = str(about.get("contentType", "application/json"))
        rest = {key: value for key, value in about.items() if key != "contentType"}
        return {"contents": content, "content_type": content_type, "metadata": rest or None}

    return produce


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
