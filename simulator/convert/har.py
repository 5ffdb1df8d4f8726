"""HAR files, as browsers and proxies record them, as calls."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from simulator.convert.call import Call, Recording

OF_THE_BROWSER = frozenset({
    "accept", "accept-charset", "accept-encoding", "accept-language", "cache-control", "connection", "content-length",
    "content-type", "cookie", "dnt", "host", "keep-alive", "origin", "pragma", "priority", "purpose", "referer", "te",
    "traceparent", "tracestate", "upgrade-insecure-requests", "user-agent",
})  # fmt: skip
"""Request headers that a browser sends by itself."""

_BROWSER_PREFIXES = ("sec-", "if-", ":", "x-client-data", "access-control-")
_STATIC = ("image/", "font/", "audio/", "video/", "text/css", "text/javascript", "application/javascript",
           "application/x-javascript", "application/font", "application/wasm")  # fmt: skip
_STATIC_ENDINGS = (".js", ".mjs", ".css", ".map", ".ico", ".svg", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".woff",
                   ".woff2", ".ttf")  # fmt: skip


def read_har(log: Mapping[str, Any], *, assets: bool = False) -> Recording:
    """The calls of a HAR file to the host that most of them go to.

    Args:
        log: the `log` of the file.
        assets: whether images, styles, scripts and fonts are kept.
    """
    entries = sorted((e for e in log.get("entries") or () if _is_http(e)), key=lambda e: str(e["startedDateTime"]))
    hosts = Counter(_host(entry) for entry in entries)
    if not hosts:
        return Recording("", (), ("nothing: there is no HTTP in it",))
    [(host, _)] = hosts.most_common(1)
    left_out = [f"{count} requests to {other}" for other, count in hosts.items() if other != host]
    own = [entry for entry in entries if _host(entry) == host]
    wanted = [entry for entry in own if assets or not _is_asset(entry)]
    if len(own) > len(wanted):
        left_out.append(f"{len(own) - len(wanted)} images, styles, scripts and fonts (--assets keeps them)")
    answered = [entry for entry in wanted if int(entry["response"].get("status") or 0) > 0]
    if len(wanted) > len(answered):
        left_out.append(f"{len(wanted) - len(answered)} requests that were never answered")
    return Recording(host, tuple(_calls(answered)), tuple(left_out))


def _calls(entries: Sequence[Mapping[str, Any]]) -> list[Call]:
    """One call for each request that the user's side began; the rest followed from redirects."""
    calls: list[Call] = []
    expected = ""
    began_s = _started_s(entries[0]) if entries else 0.0
    for entry in entries:
        call = _call(entry, began_s)
        if expected and call.method == "GET" and call.path == expected and calls:
            before = calls.pop()
            call = replace(before, status=call.status, text=call.text, ended_s=call.ended_s, opens=call.opens)
        calls.append(call)
        location = entry["response"].get("redirectURL") or ""
        expected = _path(location) if 300 <= int(entry["response"]["status"]) < 400 and location else ""
    return calls


def _call(entry: Mapping[str, Any], began_s: float) -> Call:
    request, response = entry["request"], entry["response"]
    headers = {str(field["name"]): str(field["value"]) for field in request.get("headers") or ()}
    names = {name.lower(): value for name, value in headers.items()}
    body, kind = _body(request.get("postData") or {}, names.get("content-type", ""))
    started_s = _started_s(entry) - began_s
    content = response.get("content") or {}
    opens = names.get("sec-fetch-dest") == "document" or (
        "sec-fetch-dest" not in names and "text/html" in str(content.get("mimeType"))
    )
    kept = {name: value for name, value in headers.items() if not _is_the_browsers(name.lower())}
    if kind == "raw":
        kept["Content-Type"] = names.get("content-type", "application/octet-stream")
    return Call(
        method=str(request["method"]).upper(), path=_path(str(request["url"])), headers=kept, body=body, kind=kind,
        status=int(response["status"]), text=_text(content), started_s=started_s,
        ended_s=started_s + max(0.0, float(entry.get("time") or 0)) / 1000, opens=opens,
    )  # fmt: skip


def _body(posted: Mapping[str, Any], media: str) -> tuple[Any, str]:
    """The value of a request's body, and what it is: `json`, `form`, `raw`, or empty text for none."""
    text = posted.get("text") or ""
    if not text and posted.get("params"):
        return [(str(p["name"]), str(p.get("value") or "")) for p in posted["params"]], "form"
    if not text:
        return None, ""
    if "json" in media:
        try:
            return orjson.loads(text), "json"
        except orjson.JSONDecodeError:
            return text, "raw"
    if "x-www-form-urlencoded" in media:
        return parse_qsl(text, keep_blank_values=True), "form"
    return text, "raw"


def _text(content: Mapping[str, Any]) -> str:
    text = str(content.get("text") or "")
    if content.get("encoding") != "base64":
        return text
    try:
        return b64decode(text).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _is_http(entry: Mapping[str, Any]) -> bool:
    try:
        return str(entry["request"]["url"]).startswith(("http://", "https://")) and bool(entry["response"])
    except (KeyError, TypeError):
        return False


def _is_asset(entry: Mapping[str, Any]) -> bool:
    names = {str(f["name"]).lower(): str(f["value"]) for f in entry["request"].get("headers") or ()}
    for_what = names.get("sec-fetch-dest")
    if for_what is not None:
        return for_what not in ("document", "iframe", "empty")
    media = str((entry["response"].get("content") or {}).get("mimeType") or "")
    return media.startswith(_STATIC) or urlsplit(str(entry["request"]["url"])).path.endswith(_STATIC_ENDINGS)


def _is_the_browsers(name: str) -> bool:
    return name in OF_THE_BROWSER or name.startswith(_BROWSER_PREFIXES)


def _host(entry: Mapping[str, Any]) -> str:
    parts = urlsplit(str(entry["request"]["url"]))
    return f"{parts.scheme}://{parts.netloc}"


def _path(address: str) -> str:
    parts = urlsplit(address)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _started_s(entry: Mapping[str, Any]) -> float:
    return datetime.fromisoformat(str(entry["startedDateTime"]).replace("Z", "+00:00")).timestamp()
