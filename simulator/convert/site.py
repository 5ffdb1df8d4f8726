"""A first project for a system that is up: what its first page shows and, when it describes itself, its API."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from simulator.contract.openapi.description import Description, parse_description
from simulator.convert.openapi import calls_of
from simulator.convert.script import script_of
from simulator.errors import FileError, UnreachableError, UsageError

WITHIN_S = 10.0
MOST_BYTES = 2_000_000
MOST_LINKS = 3
DESCRIPTIONS = ("/openapi.json", "/openapi.yaml", "/swagger.json", "/v3/api-docs")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True)
class Site:
    """What was found.

    Attributes:
        url: the address, without a slash at its end.
        title: of the first page; empty text when it has none, or is none.
        links: what the first page leads to on the same host: text → path.
        is_page: the first answer was a page.
        description: of its API, or `None`.
    """

    url: str
    title: str
    links: Mapping[str, str]
    is_page: bool
    description: Description | None


def visited(url: str) -> Site:
    """Look at an address: its first page, and where descriptions of APIs usually are.

    Raises:
        UsageError: it is no address.
        UnreachableError: nobody answers there.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise UsageError(f"--from-url {url} is no address", hint="write it like https://shop.example.com")
    host = f"{parts.scheme}://{parts.netloc}"
    media, text = _answer(url)
    page = _Page(url)
    if "html" in media:
        page.feed(text)
    return Site(host, _SPACE.sub(" ", page.title).strip(), page.links, "html" in media, _description(host))


def project_of(site: Site) -> dict[str, str]:
    """The files of a project, by their names."""
    written = {"simulator.yaml": _settings(site), "thresholds/smoke.yaml": _THRESHOLDS}
    if site.is_page:
        written["journeys/visitor.py"] = _visitor(site)
    if site.description is not None:
        written["journeys/api.py"] = script_of(calls_of(site.description), "api", made_from=site.description.title)
    if len(written) == 2:
        written["journeys/client.py"] = _CLIENT
    return written


class _Page(HTMLParser):
    """The title of a page, and its first links to the same host."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.title = ""
        self.links: dict[str, str] = {}
        self._url, self._inside, self._path, self._text = url, "", "", ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "title" and not self.title:
            self._inside = tag
        elif tag == "a":
            target = urljoin(self._url, dict(attrs).get("href") or "")
            same = urlsplit(target).netloc == urlsplit(self._url).netloc
            self._inside, self._text = "a", ""
            self._path = urlsplit(target).path if same and not urlsplit(target).fragment else ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._inside == "a":
            text = _SPACE.sub(" ", self._text).strip()
            known = text in self.links or self._path in ("", "/", *self.links.values())
            if text and not known and len(text) < 60 and len(self.links) < MOST_LINKS:
                self.links[text] = self._path
        if tag == self._inside:
            self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "title":
            self.title += data
        elif self._inside == "a":
            self._text += data


def _answer(url: str) -> tuple[str, str]:
    """Media type and text of an answer, whatever its status."""
    request = urllib.request.Request(url, headers={"User-Agent": "simulator", "Accept": "text/html, */*"})
    try:
        with urllib.request.urlopen(request, timeout=WITHIN_S) as answer:
            return answer.headers.get_content_type(), answer.read(MOST_BYTES).decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        return error.headers.get_content_type(), error.read(MOST_BYTES).decode("utf-8", "replace")
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise UnreachableError(f"nothing can be read at {url}: {reason}", hint="is the address right?") from error


def _description(host: str) -> Description | None:
    for path in DESCRIPTIONS:
        try:
            _, text = _answer(host + path)
            return parse_description(text.encode(), host + path)
        except (FileError, UnreachableError):
            continue
    return None


def _settings(site: Site) -> str:
    users = "{Visitor: 1}" if site.is_page and site.description is None else "2"
    return f"""\
# yaml-language-server: $schema=.schema/simulator.schema.json
# Where to run, and how much. `simulator run --profile smoke` uses the first environment unless told otherwise.
allowed_hosts: [{urlsplit(site.url).hostname}]   # what runs may load besides this machine

environments:
  site:
    host: {site.url}

profiles:
  smoke:                                  # closed model: so many users, each waiting for the last answer
    users: {users}
    duration: 10s
    thresholds: thresholds/smoke.yaml
"""


_THRESHOLDS = """\
# yaml-language-server: $schema=../.schema/thresholds.schema.json
# What a good build keeps. A plain line limits the whole run; a mapping narrows it down.
thresholds:
  - error_rate < 5%
  - p50 < 3 s
"""

_CLIENT = '''\
"""One kind of user of the API."""

from simulator import ApiUser, between, journey


class Client(ApiUser):
    wait_time = between(0.5, 1.5)

    @journey
    def look(self):
        with self.step("look"):
            self.client.get("/")
'''


def _visitor(site: Site) -> str:
    imports = ", ".join(["BrowserUser", "between", *(["expect"] if site.title else []), "journey"])
    lines = [f'"""Who looks at the pages of {site.url} in a real browser."""', "", f"from simulator import {imports}"]
    lines += ["", "", "class Visitor(BrowserUser):", "    wait_time = between(0.5, 1.5)", "", "    @journey"]
    lines += ["    def look_around(self, page):", '        with self.step("open the first page"):']
    lines += ['            page.goto("/")']
    lines += [f"            expect(page).to_have_title({site.title!r})"] if site.title else []
    for text, path in site.links.items():
        lines += [f"        with self.step({f'open {text}'!r}):", f"            page.goto({path!r})"]
    return "\n".join([*lines, ""])
