"""HAR files, as browsers and proxies write them: folded as a recording is."""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from simulator.virtual.answer import Answer
from simulator.virtual.exchange import Exchange
from simulator.virtual.fold import fold
from simulator.virtual.request import Request

_LEFT_OUT = ("content-length", "content-encoding", "transfer-encoding", "connection", "date", "server")


def read_har(log: Mapping[str, Any], name: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The entries of a HAR file as a plain stub file; those of the host with the most entries."""
    refused: list[str] = []
    found: list[tuple[str, Exchange]] = []
    for at, entry in enumerate(log.get("entries") or (), 1):
        try:
            made = _exchange(entry)
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            refused.append(f"entry {at} is left out: it cannot be read ({type(error).__name__}: {error})")
            continue
        if isinstance(made, str):
            refused.append(f"entry {at} is left out: {made}")
        else:
            found.append(made)
    hosts = [host for host, _ in found]
    main = max(set(hosts), key=lambda host: (hosts.count(host), -hosts.index(host)), default="")
    refused += [f"{hosts.count(host)} entries of {host} are left out: a virtual service stands for one host, {main}"
                for host in dict.fromkeys(hosts) if host != main]  # fmt: skip
    folded = fold([exchange for host, exchange in found if host == main], main or name, "files")
    return _with_bodies(folded.plain, folded.files), tuple(refused)


def _exchange(entry: Mapping[str, Any]) -> tuple[str, Exchange] | str:
    request, response = entry["request"], entry["response"]
    parts = urlsplit(request["url"])
    if parts.scheme not in ("http", "https"):
        return f"{request['url'][:60]!r} is no HTTP"
    if not 200 <= int(response["status"]) <= 599:
        return f"it has no answer (status {response['status']})"
    content = response.get("content") or {}
    if content.get("text") is None and (content.get("size") or 0) > 0 and int(response["status"]) != 304:
        return "its body was not saved"
    headers = {field["name"].lower(): field["value"] for field in request.get("headers") or ()}
    posted = (request.get("postData") or {}).get("text") or ""
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    fields = tuple((field["name"], field["value"].partition("\n")[0]) for field in response.get("headers") or ()
                   if field["name"].lower() not in _LEFT_OUT and not field["name"].startswith(":"))  # fmt: skip
    answer = Answer(int(response["status"]), fields, _body(content))
    took_s = _took_s(entry)
    return parts.netloc, Exchange(
        Request(request["method"].upper(), target, headers, posted.encode()), answer, took_s, 1
    )


def _body(content: Mapping[str, Any]) -> bytes:
    text = content.get("text") or ""
    if content.get("encoding") != "base64":
        return str(text).encode()
    try:
        return b64decode(text)
    except binascii.Error as error:
        raise ValueError("its body is no base64") from error


def _took_s(entry: Mapping[str, Any]) -> float:
    """How long the server took: waiting and receiving, without what the browser did before sending."""
    timings = entry.get("timings") or {}
    parts = [float(timings.get(name) or 0) for name in ("wait", "receive")]
    return max(0.0, sum(part for part in parts if part > 0) / 1000)


def _with_bodies(plain: dict[str, Any], files: Mapping[str, bytes]) -> dict[str, Any]:
    """The stubs with the bodies inside instead of beside them."""
    for stub in plain["stubs"]:
        for answer in [stub["answer"]] if "answer" in stub else stub["answers"]:
            if "file" in answer:
                answer["content"] = b64encode(files[answer.pop("file").rpartition("/")[2]]).decode()
    return plain
