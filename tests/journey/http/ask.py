"""Sends every case through one client and prints what came as JSON: `python ask.py ours|requests PORT`."""

from __future__ import annotations

import json
import re
import sys

PATHS = """
/json /empty /created /204 /304 /400 /404 /418 /500 /503 /noreason /oddcase /chunked /chunked-one-byte
/chunked-extension /chunked-trailer /chunked-empty /gzip /gzip-chunked /gzip-members /deflate /deflate-raw
/gzip-empty /br /zstd /unknown-coding /identity /103 /100 /dripped /large /utf8 /latin1 /charset-quoted /charset-unknown
/json-utf16 /redirect /redirect-301 /redirect-302 /redirect-303 /redirect-307 /redirect-308 /redirect-relative/x/y
/redirect-query /redirect-twice /redirect-nowhere /redirect-cookie /redirect-space /keep-alive
/folded /until-close /http10 /http10-length /connection-close
"""
CASES: list[tuple[str, str, dict]] = [
    *[("GET", path, {}) for path in re.findall(r"\S+", PATHS)],
    *[("POST", f"/redirect-{status}", {"data": {"a": "1"}}) for status in (301, 302, 303, 307, 308)],
    *[("PUT", f"/redirect-{status}", {"data": "x"}) for status in (302, 303, 307)],
    ("HEAD", "/json", {}),
    ("HEAD", "/redirect", {}),
    ("HEAD", "/gzip", {}),
    ("HEAD", "/chunked", {}),
    ("GET", "/redirect", {"allow_redirects": False}),
    ("GET", "/echo", {"params": {"q": "a b&c", "n": [1, 2], "none": None}}),
    ("GET", "/echo?x=1", {"params": {"y": "ü"}}),
    ("GET", "/echo", {"params": {}}),
    ("GET", "/ümläut path/x", {}),
    ("GET", "/echo%20a/b%2Fc", {}),
    ("GET", "/echo", {"headers": {"X-One": "1", "accept": "text/html"}}),
    ("GET", "/echo", {"auth": ("user", "p:ss")}),
    ("GET", "/echo", {"cookies": {"own": "1"}}),
    ("POST", "/echo", {"json": {"a": [1, None, True, "ü"], "b": {"c": 1.5}}}),
    ("POST", "/echo", {"json": []}),
    ("POST", "/echo", {"data": {"a": "1 2", "b": ["x", "y"]}}),
    ("POST", "/echo", {"data": [("a", "1"), ("a", "2")]}),
    ("POST", "/echo", {"data": "text ü"}),
    ("POST", "/echo", {"data": b"\x00\xff"}),
    ("POST", "/echo", {"data": '{"a": 1}', "headers": {"Content-Type": "application/json"}}),
    ("POST", "/echo", {}),
    ("PUT", "/echo", {"data": "x"}),
    ("PATCH", "/echo", {"json": {"a": 1}}),
    ("DELETE", "/echo", {}),
    ("OPTIONS", "/echo", {}),
    ("POST", "/echo", {"files": {"f": ("a.txt", b"content", "text/plain")}, "data": {"k": "v"}}),
    ("GET", "/redirect-loop", {}),
    ("GET", "/short", {}),
    ("GET", "/short-chunk", {}),
    ("GET", "/half-head", {}),
    ("GET", "/nothing", {}),
    ("GET", "/garbage", {}),
    ("GET", "/bad-chunk", {}),
    ("GET", "/bad-gzip", {}),
    ("GET", "/bad-br", {}),
    ("GET", "/bad-zstd", {}),
    ("GET", "/silent", {"timeout": 0.3}),
    ("GET", "/cookie", {}),
    ("GET", "/echo/with-cookies", {}),
    ("GET", "/cookie-path", {}),
    ("GET", "/deep/down", {}),
    ("GET", "/cookie-gone", {}),
    ("GET", "/echo/without-id", {}),
]
VARYING = ("user-agent", "accept-encoding", "connection", "host", "content-type")


def told(response) -> dict:
    """What both clients must agree on."""
    answer = {
        "status": response.status_code,
        "content": response.content.decode("latin-1"),
        "headers": sorted((name.lower(), value) for name, value in response.headers.items()),
        "path": response.url.partition("://")[2].partition("/")[2].partition("#")[0],
        "history": [h.status_code for h in response.history],
        "cookies": dict(response.cookies),
        "ok": response.ok,
        "reason": response.reason,
    }
    if "text/" in response.headers.get("content-type", ""):
        answer["text"] = response.text
    if "json" in response.headers.get("content-type", ""):
        answer["json"] = parsed = response.json() if response.content else None
        if isinstance(parsed, dict) and "target" in parsed:
            answer["content"] = ""
            answer["headers"] = []
            parsed["headers"] = sorted(
                [name.lower(), value] for name, value in parsed["headers"] if name.lower() not in VARYING
            )
            types = [v for n, v in parsed["headers"] if n == "content-type"]
            answer["type"] = [t.partition("boundary=")[0] for t in types]
            if "boundary" in parsed["body"] or parsed["body"].startswith("--"):
                boundary = parsed["body"].partition("\r\n")[0][2:]
                parsed["body"] = parsed["body"].replace(boundary, "BOUNDARY")
                parsed["headers"] = [h for h in parsed["headers"] if h[0] != "content-length"]
            elif (types or response.url) and parsed["body"].startswith(("{", "[")):
                parsed["body"] = json.loads(parsed["body"].encode("latin-1"))
                parsed["headers"] = [h for h in parsed["headers"] if h[0] != "content-length"]
    return answer


def ours(base: str):
    from gevent.monkey import patch_all

    patch_all()
    from simulator.journey.http.client import HttpClient
    from simulator.journey.http.deadline import Sweeper
    from simulator.journey.http.dial import Resolver
    from simulator.journey.http.wire import Wire
    from simulator.journey.track import Track
    from simulator.record.recorder import Recorder

    track = Track(Recorder(), "User")
    client = HttpClient(base, track, Wire(Resolver(), Sweeper()))

    def ask(method: str, path: str, options: dict) -> dict:
        track.begin("case")
        response = client.request(method, path, **options)
        return {"failed": True, "class": response.error_class()} if response.error else told(response)

    return ask


def theirs(base: str):
    import requests

    session = requests.Session()
    session.trust_env = False

    def ask(method: str, path: str, options: dict) -> dict:
        try:
            return told(session.request(method, base + path, **options))
        except requests.RequestException as error:
            return {"failed": True, "class": type(error).__name__}

    return ask


def main() -> None:
    which, port = sys.argv[1:]
    ask = (ours if which == "ours" else theirs)(f"http://127.0.0.1:{port}")
    print(json.dumps([ask(method, path, dict(options)) for method, path, options in CASES]))


if __name__ == "__main__":
    main()
