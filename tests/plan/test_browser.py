"""Options of browser users, as they are written."""

from __future__ import annotations

import pytest

from simulator.document import parse_document
from simulator.errors import FileError
from simulator.node import Problems
from simulator.plan.browser import NETWORKS, BrowserOptions, Network, is_host_of, options_of, read_browser


def read(text: str) -> BrowserOptions:
    problems = Problems()
    options = read_browser(parse_document(text, "simulator.yaml", environ={}, problems=problems))
    problems.raise_if_any()
    return options


def test_text_names_an_engine_or_a_browser_of_ones_own():
    assert read("firefox") == BrowserOptions(engine="firefox")
    assert read("own") == BrowserOptions(own=True)


def test_every_option_is_read():
    options = read("""
        context: persistent
        device: iPhone 15
        viewport: 800x600
        network: {latency: 150 ms, down: 1.6 Mbit/s, up: 400 kbit/s}
        cpu_slowdown: 4
        block: ["*.ads.example", tracker.example]
        block_types: image
        third_parties: forbid
        credentials: {user: anna, password: secret}
        proxy: {server: "http://127.0.0.1:3128", bypass: localhost}
        headers: {X-Test: "1"}
        routes: {"https://pay.example": "http://127.0.0.1:1"}
        recycle: {journeys: 50, memory: 2 GB}
        timeout: 3s
        trace: on
    """)
    assert options.network == Network(0.15, 200_000, 50_000)
    assert (options.context, options.viewport, options.cpu_slowdown) == ("persistent", (800, 600), 4)
    assert (options.block, options.block_types) == (("*.ads.example", "tracker.example"), ("image",))
    assert (options.credentials, options.proxy, options.proxy_bypass) == (
        ("anna", "secret"), "http://127.0.0.1:3128", "localhost",
    )  # fmt: skip
    assert (options.recycle_journeys, options.recycle_bytes, options.timeout_s) == (50, 2e9, 3)
    assert BrowserOptions.from_plain(options.to_plain()) == options


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_have_names(name: str):
    assert read(f"network: {name}").network == NETWORKS[name]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("opera", "opera"),
        ("context: shared", "shared"),
        ("viewport: large", "1280x720"),
        ("network: {down: fast}", "Mbit/s"),
        ("cpu_slowdown: 0.5", "no slowdown"),
        ("proxy: nowhere", "no address"),
        ("{engine: firefox, network: slow 4g}", "needs chromium"),
        ("{own: true, url: 'ws://127.0.0.1:1'}", "exclude each other"),
        ("credentials: {user: anna}", "password"),
        ("colour: red", "unknown key"),
    ],
)
def test_a_mistake_is_named(text: str, words: str):
    with pytest.raises(FileError, match=words):
        read(text)


def test_a_class_has_the_last_word():
    class Visitor:
        browser = {"context": "reset"}

    before = BrowserOptions(locale="de-DE", context="persistent")
    assert options_of(Visitor, before) == BrowserOptions(locale="de-DE", context="reset")
    assert options_of(object, before) is before
    Visitor.browser = {"kontext": "reset"}
    with pytest.raises(FileError, match=r"Visitor\.browser"):
        options_of(Visitor, before)


@pytest.mark.parametrize(
    ("pattern", "host", "expected"),
    [
        ("cdn.example", "cdn.example", True),
        ("cdn.example", "cdn.example:8080", True),
        ("*.example", "cdn.example", True),
        ("*.example", "example", False),
        ("cdn.example", "evil-cdn.example", False),
        ("*", "anything", True),
    ],
)
def test_patterns_of_hosts(pattern: str, host: str, expected: bool):
    assert is_host_of([pattern], host) is expected
