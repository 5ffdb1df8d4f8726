"""What browser users look like from outside: which browser, device and network, as values.

The same words stand under `browser:` of a profile and in the `browser` attribute of a user class, which has the last
word.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any
from urllib.parse import urlsplit

from simulator.document import parse_document
from simulator.node import Node, Problems

ENGINES = ("chromium", "firefox", "webkit")
CHANNELS = ("chrome", "chrome-beta", "chrome-dev", "msedge", "chromium")
CONTEXTS = ("fresh", "reset", "persistent")
CACHES = ("empty", "keep")
OWN = "own"
TRACES = ("auto", "on", "off")
THIRD_PARTIES = ("list", "forbid", "block")
RESOURCE_TYPES = (
    "stylesheet", "image", "media", "font", "script", "texttrack", "xhr", "fetch", "eventsource", "websocket",
    "manifest", "other",
)  # fmt: skip
_VIEWPORT = re.compile(r"(\d{2,5})\s*[x×]\s*(\d{2,5})")
_RATE = re.compile(r"([\d.]+)\s*(kbit/s|Mbit/s)")


@dataclass(frozen=True)
class Network:
    """How good a page's connection is.

    Attributes:
        latency_s: added to each request.
        down_bytes_per_s: `None` for unlimited.
        up_bytes_per_s: `None` for unlimited.
        offline: there is none.
    """

    latency_s: float = 0.0
    down_bytes_per_s: float | None = None
    up_bytes_per_s: float | None = None
    offline: bool = False


NETWORKS = {
    "offline": Network(offline=True),
    "3g": Network(2.0, 50_000, 50_000),
    "slow 4g": Network(0.5625, 180_000, 84_375),
    "fast 4g": Network(0.165, 1_012_500, 168_750),
}
"""As Chromium's developer tools have them."""


@dataclass(frozen=True)
class BrowserOptions:
    """How browser users of a profile, or of one class, get their browsers.

    Attributes:
        engine: chromium, firefox or webkit.
        channel: a full browser by name, such as `chrome`; empty text for the cheapest that is here.
        headed: with a window.
        slow_mo_s: wait so long before each action, to look on.
        devtools: with developer tools open; headed.
        url: of a browser elsewhere: a Playwright server (`ws://`), or a DevTools address (`http://`); else empty text.
        context: of each journey: fresh, reset (used before, emptied), or persistent (the user's own, kept).
        cache: of a context that is reset: kept as for somebody who comes back, or emptied as for somebody new.
        own: each user has a browser process to itself.
        device: a name out of Playwright's list, such as `iPhone 15`; empty text for a desktop.
        viewport: width and height in pixels; `None` for the device's, or 1280 × 720.
        locale: such as `de-DE`; empty text for the browser's.
        timezone: such as `Europe/Berlin`; empty text for the machine's.
        color_scheme: light or dark; empty text for the browser's.
        permissions: granted to pages, such as `geolocation`.
        headers: sent with every request.
        network: how good the connection is; `None` for as it is. Chromium.
        cpu_slowdown: how many times slower pages compute. Chromium.
        block: hosts that are not reached, with `*` as a wildcard.
        block_types: kinds of resources that are not loaded.
        third_parties: what to do about hosts that are not the target's: list, forbid (the step fails) or block them.
        first_parties: hosts that count as the target's own, with `*` as a wildcard.
        credentials: user and password of HTTP authentication; `None` for none.
        proxy: an address; empty text for none.
        proxy_bypass: hosts that are reached without it.
        ignore_https_errors: trust any certificate.
        routes: address → address that it is fetched from instead, such as that of a virtual service.
        storage_state: a file (or the state itself) that contexts begin with; `None` for nothing.
        requests: measure the requests of pages.
        vitals: measure web vitals.
        trace: auto (a few, more of what fails), on or off.
        recycle_journeys: a browser is replaced after so many.
        recycle_bytes: … or when it takes so much memory.
        timeout_s: of each action and expectation.
        journey_timeout_s: of a whole journey; some waits, such as for a script of the page, have no other end.
        traceparent: the requests of each journey carry a W3C `traceparent` of its own.
        allowed_hosts: what the user may reach besides this machine, as `allowed_hosts` of the project; `None` for
            anything.
    """

    engine: str = "chromium"
    channel: str = ""
    headed: bool = False
    slow_mo_s: float = 0.0
    devtools: bool = False
    url: str = ""
    context: str = "fresh"
    cache: str = "keep"
    own: bool = False
    device: str = ""
    viewport: tuple[int, int] | None = None
    locale: str = ""
    timezone: str = ""
    color_scheme: str = ""
    permissions: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    network: Network | None = None
    cpu_slowdown: float = 1.0
    block: tuple[str, ...] = ()
    block_types: tuple[str, ...] = ()
    third_parties: str = "list"
    first_parties: tuple[str, ...] = ()
    credentials: tuple[str, str] | None = None
    proxy: str = ""
    proxy_bypass: str = ""
    ignore_https_errors: bool = False
    routes: Mapping[str, str] = field(default_factory=dict)
    storage_state: Any = None
    requests: bool = True
    vitals: bool = True
    trace: str = "auto"
    recycle_journeys: int = 1000
    recycle_bytes: float = 4e9
    timeout_s: float = 10.0
    journey_timeout_s: float = 300.0
    traceparent: bool = False
    allowed_hosts: tuple[str, ...] | None = None

    def to_plain(self) -> dict[str, Any]:
        """For JSON and msgpack."""
        return asdict(self)

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> BrowserOptions:
        """The options that `to_plain` wrote."""
        known = {f.name: f for f in fields(cls)}
        values = {name: value for name, value in plain.items() if name in known}
        for name in ("permissions", "block", "block_types", "first_parties"):
            values[name] = tuple(values.get(name) or ())
        for name in ("viewport", "credentials"):
            values[name] = tuple(values[name]) if values.get(name) else None
        listed = values.get("allowed_hosts")
        values["allowed_hosts"] = None if listed is None else tuple(listed)
        values["network"] = Network(**values["network"]) if values.get("network") else None
        return cls(**values)


KEYS = (
    "engine", "channel", "headed", "slow_mo", "devtools", "url", "context", "cache", "own", "device", "viewport",
    "locale", "timezone", "color_scheme", "permissions", "headers", "network", "cpu_slowdown", "block", "block_types",
    "third_parties", "first_parties", "credentials", "proxy", "ignore_https_errors", "routes", "storage_state",
    "requests", "vitals", "trace", "recycle", "timeout",
    "journey_timeout",
)  # fmt: skip


def read_browser(node: Node, before: BrowserOptions | None = None) -> BrowserOptions:
    """The options that a document asks for, on top of others; mistakes go to the node's problems.

    Plain text names an engine (`browser: firefox`), or is `own`.
    """
    options = before or BrowserOptions()
    if node.kind == "text":
        word = node.choice((*ENGINES, OWN), ENGINES[0])
        return replace(options, own=True) if word == OWN else replace(options, engine=word)
    entries = node.mapping(KEYS)
    changed: dict[str, Any] = {}
    for key in filter(_READ.__contains__, entries):
        value = node.get(key)
        if value is not None:
            changed.update(_READ[key](value))
    options = replace(options, **changed)
    _check(node, options)
    return options


def options_of(cls: type, before: BrowserOptions) -> BrowserOptions:
    """The options of a user class: what its `browser` attribute says, on top of the profile's.

    Raises:
        FileError: it says something that is no option; every mistake is named.
    """
    said = getattr(cls, "browser", None)
    if not said:
        return before
    problems = Problems()
    text = said if isinstance(said, str) else json.dumps(said, default=list)
    options = read_browser(parse_document(text, f"{cls.__name__}.browser", environ={}, problems=problems), before)
    problems.raise_if_any()
    return options


def is_host_of(patterns: Iterable[str], host: str) -> bool:
    """Whether one of the patterns (`cdn.example.com`, `*.example.com`) stands for a host, its port left aside."""
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    for pattern in patterns:
        if pattern in (name, host, "*") or (pattern.startswith("*.") and name.endswith(pattern[1:])):
            return True
    return False


def _check(node: Node, options: BrowserOptions) -> None:
    """What does not go together."""
    if options.engine != "chromium":
        for key, there in [
            ("network", options.network is not None),
            ("cpu_slowdown", options.cpu_slowdown != 1.0),
            ("devtools", options.devtools),
            ("channel", bool(options.channel)),
        ]:
            if there:
                (node.get(key) or node).problem(f"{key!r} needs chromium; {options.engine} has nothing like it")
    if options.own and options.url:
        node.problem("'own' and 'url' exclude each other: the browser elsewhere is already there")


def _network(node: Node) -> dict[str, Any]:
    if node.kind == "text":
        return {"network": NETWORKS.get(node.choice(tuple(NETWORKS), "slow 4g"))}
    entries = node.mapping(("latency", "down", "up"))
    down, up = (entries[key].parsed(_bytes_per_s, 1.0) if key in entries else None for key in ("down", "up"))
    return {"network": Network(entries["latency"].duration() if "latency" in entries else 0.0, down, up)}


def _bytes_per_s(text: str) -> float:
    match = _RATE.fullmatch(text.strip())
    if match is None or float(match[1]) <= 0:
        raise ValueError(f"{text!r} is no speed of a connection; write it like 1.5 Mbit/s or 400 kbit/s")
    return float(match[1]) * (125.0 if match[2] == "kbit/s" else 125_000.0)


def _viewport(text: str) -> tuple[int, int]:
    match = _VIEWPORT.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no size; write it like 1280x720")
    return int(match[1]), int(match[2])


def _credentials(node: Node) -> dict[str, Any]:
    entries = node.mapping(("user", "password"), required=("user", "password"))
    return {"credentials": tuple(entries[key].text() for key in ("user", "password") if key in entries) or None}


def _proxy(node: Node) -> dict[str, Any]:
    if node.kind == "text":
        return {"proxy": _address(node)}
    entries = node.mapping(("server", "bypass"), required=("server",))
    server, bypass = (entries.get(key) for key in ("server", "bypass"))
    return {"proxy": _address(server) if server else "", "proxy_bypass": bypass.text() if bypass else ""}


def _address(node: Node) -> str:
    text = node.text()
    if not urlsplit(text).netloc:
        node.problem(f"{text!r} is no address", "write it like http://127.0.0.1:3128")
    return text


def _recycle(node: Node) -> dict[str, Any]:
    entries = node.mapping(("journeys", "memory"))
    found: dict[str, Any] = {}
    if "journeys" in entries:
        found["recycle_journeys"] = entries["journeys"].integer(1000)
    if "memory" in entries:
        found["recycle_bytes"] = entries["memory"].size(4e9)
    return found


def _choice(name: str, known: Iterable[str]) -> Any:
    words = tuple(known)
    return lambda node: {name: node.choice(words, words[0])}


def _texts(name: str, known: Iterable[str] = ()) -> Any:
    words = tuple(known)

    def read(node: Node) -> dict[str, Any]:
        each = node.one_or_more()
        return {name: tuple(value.choice(words, words[0]) if words else value.text() for value in each)}

    return read


def _pairs(name: str) -> Any:
    return lambda node: {name: {key: value.text() for key, value in node.mapping().items()}}


def _text(name: str) -> Any:
    return lambda node: {name: node.text()}


def _flag(name: str) -> Any:
    return lambda node: {name: node.boolean()}


def _cpu_slowdown(node: Node) -> dict[str, Any]:
    times = node.number(1.0)
    if times < 1:
        node.problem(f"{times:g} is no slowdown: 1 is as fast as this machine, 4 four times slower")
    return {"cpu_slowdown": max(1.0, times)}


_READ: dict[str, Any] = {
    "engine": _choice("engine", ENGINES),
    "channel": _choice("channel", CHANNELS),
    "headed": _flag("headed"),
    "slow_mo": lambda node: {"slow_mo_s": node.duration()},
    "devtools": _flag("devtools"),
    "url": lambda node: {"url": _address(node)},
    "context": _choice("context", CONTEXTS),
    "cache": _choice("cache", CACHES),
    "own": _flag("own"),
    "device": _text("device"),
    "viewport": lambda node: {"viewport": node.parsed(_viewport, (1280, 720))},
    "locale": _text("locale"),
    "timezone": _text("timezone"),
    "color_scheme": _choice("color_scheme", ("light", "dark")),
    "permissions": _texts("permissions"),
    "headers": _pairs("headers"),
    "network": _network,
    "cpu_slowdown": _cpu_slowdown,
    "block": _texts("block"),
    "block_types": _texts("block_types", RESOURCE_TYPES),
    "third_parties": _choice("third_parties", THIRD_PARTIES),
    "first_parties": _texts("first_parties"),
    "credentials": _credentials,
    "proxy": _proxy,
    "ignore_https_errors": _flag("ignore_https_errors"),
    "routes": _pairs("routes"),
    "storage_state": lambda node: {"storage_state": node.text() if node.kind == "text" else node.plain()},
    "requests": _flag("requests"),
    "vitals": _flag("vitals"),
    "trace": _choice("trace", TRACES),
    "recycle": _recycle,
    "timeout": lambda node: {"timeout_s": node.duration(10.0)},
    "journey_timeout": lambda node: {"journey_timeout_s": node.duration(300.0)},
}
