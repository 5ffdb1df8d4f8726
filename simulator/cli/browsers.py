"""What the command line says about browsers, on top of the profile."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from simulator.environment.template import fill
from simulator.errors import UsageError
from simulator.plan.browser import ENGINES, TRACES, BrowserOptions
from simulator.units import parse_duration


def add_browser_arguments(group: Any) -> None:
    """Options of `simulator run` about browsers."""
    group.add_argument("--browser", choices=ENGINES, help="which engine (chromium)")
    elsewhere = "a browser elsewhere: a Playwright server (ws://) or a DevTools address (http://)"
    group.add_argument("--browser-url", metavar="URL", help=elsewhere)
    group.add_argument("--headed", action="store_true", help="show the browsers")
    group.add_argument("--slow-mo", metavar="TIME", help="wait so long before each action, such as 300ms; to look on")
    group.add_argument("--devtools", action="store_true", help="show the browsers with their developer tools")
    traced = "Playwright traces: a few and more of what fails (auto), of every journey, or none"
    group.add_argument("--trace", choices=TRACES, help=traced)


def browser_of(arguments: argparse.Namespace, options: BrowserOptions) -> BrowserOptions:
    """The profile's options with what the command line says in their place.

    Raises:
        UsageError: an address or a time cannot be read, or the parts do not go together.
    """
    given = vars(arguments)
    changed: dict[str, Any] = {}
    for name, option in [("browser", "engine"), ("browser_url", "url"), ("trace", "trace")]:
        if given.get(name):
            changed[option] = given[name]
    for name in ("headed", "devtools"):
        if given.get(name):
            changed[name] = True
    if given.get("slow_mo"):
        try:
            changed["slow_mo_s"] = parse_duration(given["slow_mo"])
        except ValueError as error:
            raise UsageError(f"--slow-mo: {error}") from error
    options = replace(options, **changed)
    if options.url and not urlsplit(options.url).netloc:
        raise UsageError(f"--browser-url {options.url} is no address", hint="write it like ws://10.0.0.5:3000")
    if options.devtools and options.engine != "chromium":
        raise UsageError("--devtools needs chromium", hint=f"{options.engine} has nothing like it")
    return options


def with_addresses(options: BrowserOptions, urls: Mapping[str, str]) -> BrowserOptions:
    """The options with `{payments.url}` in `routes` and `url` replaced by the addresses of services.

    Raises:
        UsageError: a name in braces is no service.
    """
    values = {f"{name}.url": url for name, url in urls.items()}
    routes = {there: fill(instead, values, where="browser.routes") for there, instead in options.routes.items()}
    return replace(options, routes=routes, url=fill(options.url, values, where="browser.url"))
