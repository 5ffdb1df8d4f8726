"""The requests of pages: as series of their own that no default counts, and as an HTTP archive."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from simulator.journey.http.secrets import mask_address
from simulator.record.sample import Outcome, Sample, SeriesKey

KIND = "resource"
TARGET = "target"
"""What the target's own host is called: its address may be another one in each run."""

MOST_KEPT = 3000
CUT_SHORT = "net::ERR_ABORTED"
"""A page that goes gives up what it is still loading."""

_OF_CONTENT = (
    ("text/html", "document"), ("text/css", "stylesheet"), ("image/", "image"), ("font/", "font"),
    ("application/font", "font"), ("video/", "media"), ("audio/", "media"), ("javascript", "script"),
)  # fmt: skip
_OF_INITIATOR = {
    "navigation": "document", "iframe": "document", "frame": "document", "script": "script", "img": "image",
    "image": "image", "input": "image", "video": "media", "audio": "media", "track": "media", "fetch": "fetch",
    "xmlhttprequest": "xhr", "beacon": "beacon",
}  # fmt: skip
_OF_ENDING = {
    "css": "stylesheet", "js": "script", "mjs": "script", "woff": "font", "woff2": "font", "ttf": "font",
    "otf": "font", "png": "image", "jpg": "image", "jpeg": "image", "gif": "image", "svg": "image", "webp": "image",
    "avif": "image", "ico": "image", "mp4": "media", "webm": "media", "mp3": "media",
}  # fmt: skip


@dataclass(frozen=True)
class PageRequest:
    """One request of a page.

    Attributes:
        url: where to.
        kind: document, stylesheet, script, image, font, media, xhr, fetch, beacon or other.
        started_at_s: seconds since 1970.
        took_s: until the last byte.
        size_bytes: over the wire; 0 from the cache, and where another host does not tell.
        status: of HTTP; 0 where another host does not tell.
        error: what kept it from being answered; empty text for nothing.
    """

    url: str
    kind: str
    started_at_s: float
    took_s: float
    size_bytes: int
    status: int
    error: str = ""

    @classmethod
    def parse(cls, entry: Sequence[Any]) -> PageRequest:
        """What the script in a page tells of it.

        Raises:
            ValueError: it is nothing that the script would say.
        """
        url, initiator, content_type, at_ms, took_ms, size_bytes, status = entry
        kind = kind_of(str(url), str(initiator), str(content_type))
        return cls(str(url), kind, float(at_ms) / 1000, float(took_ms) / 1000, int(size_bytes), int(status))


def kind_of(url: str, initiator: str, content_type: str) -> str:
    """What kind of resource it is: by what asked for it, else by what came, else by its name."""
    if initiator in _OF_INITIATOR:
        return _OF_INITIATOR[initiator]
    for sign, kind in _OF_CONTENT:
        if sign in content_type:
            return kind
    ending = urlsplit(url).path.rpartition(".")[2].lower()
    return _OF_ENDING.get(ending, "other")


class Requests:
    """The requests of one journey.

    Args:
        add: takes a sample.
        user: the user class.
        is_first_party: whether a host is the target's own.

    Attributes:
        kept: those that were heard of, for the archive.
    """

    def __init__(self, add: Callable[[Sample], None], user: str, is_first_party: Callable[[str], bool]) -> None:
        self._add = add
        self._user = user
        self._is_first_party = is_first_party
        self._failed: Counter[str] = Counter()
        self._blocked: Counter[str] = Counter()
        self._failures: dict[str, tuple[str, str]] = {}
        self.kept: list[PageRequest] = []

    def failed(self, url: str, kind: str, error: str) -> None:
        """The browser says that a request came to nothing; the page will tell how long it took, if it can."""
        self._failed[url] += 1
        self._failures[url] = (kind, error)

    def blocked(self, url: str) -> None:
        """A request was refused as we were asked to; the page may tell of it all the same."""
        self._blocked[url] += 1

    def heard(self, requests: Sequence[PageRequest], journey: str, phase: str) -> None:
        """A page tells what it loaded."""
        for request in requests:
            error = ""
            if self._blocked[request.url] > 0:
                self._blocked[request.url] -= 1
                continue
            if self._failed[request.url] > 0:
                self._failed[request.url] -= 1
                error = self._failures[request.url][1]
            self._count(request, error, journey, phase)

    def finish(self, journey: str, phase: str) -> None:
        """The journey ends; failures of which no page could tell count without a time."""
        for url, times in self._failed.items():
            for _ in range(times):
                kind, error = self._failures[url]
                self._count(PageRequest(url, kind, 0.0, 0.0, 0, 0), error, journey, phase)
        self._failed.clear()

    def _count(self, request: PageRequest, error: str, journey: str, phase: str) -> None:
        if len(self.kept) < MOST_KEPT:
            self.kept.append(request if not error else _failing(request, error))
        host = urlsplit(request.url).netloc
        name = f"{request.kind} {TARGET if self._is_first_party(host) else host}"
        outcome: Outcome = "error" if error or request.status >= 400 else "ok"
        if error.startswith(CUT_SHORT):
            outcome = "cut off"
        key = SeriesKey("resource", self._user, journey, "", name, KIND, phase)
        self._add(Sample(key, outcome, request.took_s, None, request.size_bytes))


def archive(requests: Sequence[PageRequest], browser: str) -> bytes:
    """An HTTP archive (HAR 1.2) of what the pages told: addresses (secrets masked), times, sizes, statuses.

    Pages do not tell the method of what their scripts asked for; it is left empty there.
    """
    entries = [_entry(request) for request in sorted(requests, key=lambda request: request.started_at_s)]
    log = {"version": "1.2", "creator": {"name": "simulator", "version": "1"}, "browser": {"name": browser,
           "version": ""}, "entries": entries}  # fmt: skip
    return json.dumps({"log": log}, indent=1).encode()


def _failing(request: PageRequest, error: str) -> PageRequest:
    return PageRequest(
        request.url, request.kind, request.started_at_s, request.took_s, request.size_bytes, request.status, error
    )


def _entry(request: PageRequest) -> dict[str, Any]:
    url, nothing = mask_address(request.url), {"headers": [], "cookies": [], "headersSize": -1}
    took_ms = round(request.took_s * 1000, 3)
    method = "" if request.kind in ("xhr", "fetch", "beacon") else "GET"
    return {
        "startedDateTime": datetime.fromtimestamp(request.started_at_s, UTC).isoformat(timespec="milliseconds"),
        "time": took_ms,
        "request": {"method": method, "url": url, "httpVersion": "", "queryString": [], "bodySize": -1, **nothing},
        "response": {
            "status": request.status, "statusText": "", "httpVersion": "", "redirectURL": "",
            "bodySize": request.size_bytes, "content": {"size": request.size_bytes, "mimeType": ""}, **nothing,
            "_error": request.error,
        },
        "cache": {},
        "timings": {"send": 0, "wait": took_ms, "receive": 0},
        "_resourceType": request.kind,
    }  # fmt: skip
