"""What a context looks like to its pages: device, place, network, and what is not let through."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from simulator.allowed import host_of
from simulator.engine.browser.browsers import Launch, blocks_inside
from simulator.errors import UsageError, did_you_mean
from simulator.journey.http.problem import insist_on
from simulator.plan.browser import BrowserOptions, Network, is_host_of

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, CDPSession, Page, Route

VIEWPORT = {"width": 1280, "height": 720}
_FREE = ("image", "font")
"""What Chromium is told not to load when it is started."""


def context_options(options: BrowserOptions, base_url: str, devices: Mapping[str, Any], state: Any) -> dict[str, Any]:
    """What a new context is given.

    Args:
        options: of the user.
        base_url: where relative addresses belong.
        devices: Playwright's list.
        state: what the context begins with, see `storage_state`; `None` for nothing.

    Raises:
        UsageError: there is no such device.
    """
    found: dict[str, Any] = {"base_url": base_url, "viewport": VIEWPORT}
    if options.device:
        if options.device not in devices:
            hint = did_you_mean(options.device, list(devices)) or "names are those of Playwright's devices"
            raise UsageError(f"there is no device {options.device!r}", hint=hint)
        found |= {key: value for key, value in devices[options.device].items() if key != "default_browser_type"}
        if options.engine == "firefox":
            found.pop("is_mobile", None)  # Firefox knows no such thing
    if options.viewport:
        found["viewport"] = dict(zip(("width", "height"), options.viewport, strict=True))
    for name, value in {
        "locale": options.locale,
        "timezone_id": options.timezone,
        "color_scheme": options.color_scheme,
        "permissions": list(options.permissions),
        "extra_http_headers": dict(options.headers),
        "ignore_https_errors": options.ignore_https_errors,
        "storage_state": state,
    }.items():
        if value:
            found[name] = value
    if options.credentials:
        found["http_credentials"] = dict(zip(("username", "password"), options.credentials, strict=True))
    if options.proxy:
        found["proxy"] = {"server": options.proxy, **({"bypass": options.proxy_bypass} if options.proxy_bypass else {})}
    return found


def first_party(options: BrowserOptions, base_url: str) -> Callable[[str], bool]:
    """Whether a host is the target's own."""
    own = urlsplit(base_url).netloc
    return lambda host: host in ("", own) or is_host_of(options.first_parties, host)


def stand_in_the_way(context: BrowserContext, options: BrowserOptions, launch: Launch, base_url: str) -> None:
    """Answer or refuse what options say, where the browser cannot do so by itself; costs a visit to the driver each."""
    inside = blocks_inside(launch.browser, options)
    types = [kind for kind in options.block_types if not (inside and kind in _FREE)]
    hosts = () if inside else options.block
    only_own = options.third_parties == "block" and not inside
    is_own = first_party(options, base_url)

    def refuse(route: Route) -> None:
        host = urlsplit(route.request.url).netloc
        unwanted = route.request.resource_type in types or is_host_of(hosts, host) or (only_own and not is_own(host))
        if unwanted:
            route.abort("blockedbyclient")
        else:
            route.fallback()

    if types or hosts or only_own:
        context.route("**/*", refuse)
    for address, instead in options.routes.items():
        context.route(f"{address.rstrip('/')}/**", _rerouted(address.rstrip("/"), instead.rstrip("/")))


def _rerouted(address: str, instead: str) -> Callable[[Route], None]:
    def answer(route: Route) -> None:
        there = instead + route.request.url[len(address) :]
        route.fulfill(response=route.fetch(url=there, max_redirects=0))

    return answer


def stay_with_allowed_hosts(page: Page, options: BrowserOptions, base_url: str) -> None:
    """Let a journey's `page.goto` lead to hosts that the run may load, and raise `NotAllowed` for others.

    Where a page leads by itself (links, redirects, what it loads) is not looked at: the browser would have to ask the
    driver about each request, which doubles the cost of all and turns off its cache.
    """
    go = page.goto
    rerouted = tuple(f"{address.rstrip('/')}/" for address in options.routes)

    def goto(url: str, **more: Any) -> Any:
        address = urljoin(base_url, url)
        if urlsplit(address).scheme in ("http", "https") and not address.startswith(rerouted):
            insist_on(host_of(address), options.allowed_hosts)
        return go(url, **more)

    goto.__wrapped__ = go  # type: ignore[attr-defined]
    page.goto = goto  # type: ignore[method-assign]


def is_hampered(options: BrowserOptions) -> bool:
    """Whether pages are to be slower than they are."""
    return options.network is not None or options.cpu_slowdown != 1.0


def hamper(page: Page, options: BrowserOptions) -> CDPSession:
    """Make a page's connection or processor as slow as options say."""
    session = page.context.new_cdp_session(page)
    if options.network is not None:
        session.send("Network.emulateNetworkConditions", conditions(options.network))
    if options.cpu_slowdown != 1.0:
        session.send("Emulation.setCPUThrottlingRate", {"rate": options.cpu_slowdown})
    return session


def conditions(network: Network) -> dict[str, Any]:
    """As the DevTools protocol has it: milliseconds, bytes per second, -1 for unlimited."""
    return {
        "offline": network.offline,
        "latency": network.latency_s * 1000,
        "downloadThroughput": -1 if network.down_bytes_per_s is None else network.down_bytes_per_s,
        "uploadThroughput": -1 if network.up_bytes_per_s is None else network.up_bytes_per_s,
    }
