"""A browser context with its page, and what listens in it: used for one journey, or for several one after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from simulator.engine.browser.browsers import Running
from simulator.engine.browser.fibers import DriverGone, Fibers, TooLate
from simulator.engine.browser.look import (
    context_options,
    hamper,
    is_hampered,
    stand_in_the_way,
    stay_with_allowed_hosts,
)
from simulator.engine.browser.vitals import MARK, script
from simulator.plan.browser import BrowserOptions

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Frame, Page, Request, WebError

CLOSE_WITHIN_S = 3.0
EMPTY_WITHIN_S = 3.0
BLANK = "about:blank"
TIDIED_EACH = 10
"""So many journeys of a context that is reset pass before what the scripts of their pages left behind is collected. V8
puts that off until a page has grown beyond 150 MB; with this it stays below 100."""

GO_BLANK = f"() => location.replace('{BLANK}')"
"""Going there from inside keeps the renderer process; `goto` would cost a new one."""

WAYSIDE = "/__simulator"
"""A page that no server is asked for, of an origin that a journey has been to."""

_LEAVES_TRACES = (
    "add_init_script", "expose_binding", "expose_function", "route", "route_from_har", "route_web_socket", "on", "once",
    "set_extra_http_headers", "set_default_timeout", "set_default_navigation_timeout", "set_viewport_size",
    "emulate_media", "add_locator_handler", "grant_permissions", "set_geolocation", "set_offline", "new_page",
    "new_cdp_session", "set_storage_state",
)  # fmt: skip
_CLOCK = ("install", "pause_at", "set_fixed_time", "set_system_time", "fast_forward", "run_for")


class Guest(Protocol):
    """Whoever is in a room hears what happens there."""

    def said(self, words: object) -> None:
        """Documents speak of themselves, each in a line."""

    def went(self, page: Page, url: str) -> None:
        """A page shows another document."""

    def framed(self, frame: Frame) -> None:
        """A frame in a page shows another document."""

    def logged(self, page: Page | None, kind: str, text: str) -> None:
        """A page wrote to its console."""

    def threw(self, page: Page | None, error: Any) -> None:
        """A page's script ended with an error."""

    def failed(self, request: Request) -> None:
        """A request came to nothing."""

    def asked(self, request: Request) -> None:
        """A request was sent; only heard when hosts are forbidden."""

    def crashed(self, page: Page) -> None:
        """A page is no more."""


class Room:
    """A context.

    Args:
        fibers: those of the driver's loop.
        running: the browser that it is in.
        options: of the user.
        base_url: where the user goes.
        devices: Playwright's list.
        state: what the context begins with.
        more: options of the context besides.

    Attributes:
        context: Playwright's.
        page: the present one.
        guest: who hears what happens; `None` for nobody.
        left: page → origins that it has been to and left.
        spoilt: it cannot be made as good as new.
    """

    def __init__(
        self,
        fibers: Fibers,
        running: Running,
        options: BrowserOptions,
        base_url: str,
        devices: Any,
        state: Any = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        self._fibers = fibers
        self.running = running
        self._options = options
        self._base_url = base_url
        self._seen: set[str] = set()
        self._resets = 0
        self.spoilt = False
        self._cdp: Any = None
        self._hampered: list[Any] = []
        self._at: dict[Page, str] = {}
        self.left: dict[Page, dict[str, None]] = {}
        self.guest: Guest | None = None
        self.context: BrowserContext = running.handle.new_context(
            **{**context_options(options, base_url, devices, state), **(more or {})}
        )
        try:
            self._furnish()
        except BaseException:
            self.close()
            raise

    def _furnish(self) -> None:
        context, options = self.context, self._options
        context.set_default_timeout(options.timeout_s * 1000)
        if options.vitals or options.requests:
            context.add_init_script(script(options.vitals, options.requests))
        stand_in_the_way(context, options, self.running.launch, self._base_url)
        context.on("page", self._opened)
        context.on("console", self._logged)
        context.on("weberror", self._threw)
        context.on("requestfailed", lambda request: self._tell("failed", request))
        if options.third_parties == "forbid":
            context.on("request", lambda request: self._tell("asked", request))
        self.page = self._new_page()

    def _new_page(self) -> Page:
        page = self.context.new_page()
        if is_hampered(self._options):
            self._hampered.append(hamper(page, self._options))
        if self._options.context == "reset":
            _watch(self.context, page, self._touch)
        return page

    def renew_page(self) -> None:
        """A new page in the same context, for a user who comes back."""
        if not self.page.is_closed():
            return
        self.page = self._new_page()

    @property
    def pages(self) -> list[Page]:
        """Those that are open."""
        return [page for page in self.context.pages if not page.is_closed()]

    def close_pages(self) -> None:
        """Close them all; the context stays."""
        from playwright.sync_api import Error

        self.guest = None
        with suppress(Error, TooLate, DriverGone), self._fibers.deadline(CLOSE_WITHIN_S):
            for page in self.pages:
                page.close()
        self._forget()

    def close(self) -> None:
        """Close the context; a page that does not answer is left to the browser."""
        from playwright.sync_api import Error

        self.guest = None
        with suppress(Error, TooLate, DriverGone), self._fibers.deadline(CLOSE_WITHIN_S):
            self.context.close()

    def empty(self) -> bool:
        """Make it as good as new; `False` when that cannot be told, and it is to be closed."""
        from playwright.sync_api import Error

        self.guest = None
        if self.spoilt or self.left.get(self.page) or self.pages != [self.page] or not self.running.lives:
            return False
        try:
            with self._fibers.deadline(EMPTY_WITHIN_S):
                self._clear()
        except (Error, TooLate, DriverGone):
            return False
        return not self.spoilt

    def _clear(self) -> None:
        """Cookies, storage and service workers of all origins that were seen, what the tab remembers, and the cache."""
        if self._cdp is None:
            self._cdp = self.context.new_cdp_session.__wrapped__(self.page)  # type: ignore[attr-defined]
        if origin_of(self.page.url):
            self.page.evaluate(GO_BLANK)
            self.page.wait_for_url(BLANK)
            self.page.evaluate("() => sessionStorage.clear()")  # of the origin it has come from
        self.context.clear_cookies()
        for origin in self._seen:
            self._cdp.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
        if self._options.cache == "empty":
            self._cdp.send("Network.clearBrowserCache")
        self._cdp.send("Page.resetNavigationHistory")
        self._resets += 1
        if self._resets % TIDIED_EACH == 0:
            self._cdp.send("HeapProfiler.collectGarbage")
        self._forget()

    def _forget(self) -> None:
        self._seen.clear()
        self._at.clear()
        self.left.clear()

    def visit(self, page: Page, origin: str, words: str) -> Any:
        """Evaluate in a document of an origin that the page has left; no server is asked for it."""
        address = origin + WAYSIDE
        route = getattr(page.route, "__wrapped__", page.route)
        route(address, lambda route: route.fulfill(body="<!doctype html>", content_type="text/html"), times=1)
        getattr(page.goto, "__wrapped__", page.goto)(address)
        return page.evaluate(words)

    def _tell(self, what: str, *values: Any) -> None:
        if self.guest is not None:
            getattr(self.guest, what)(*values)

    def _opened(self, page: Page) -> None:
        if self._options.allowed_hosts is not None:
            stay_with_allowed_hosts(page, self._options, self._base_url)
        page_on = getattr(page.on, "__wrapped__", page.on)
        page_on("crash", lambda page: self._tell("crashed", page))
        page_on("framenavigated", lambda frame: self._navigated(page, frame))
        if is_hampered(self._options) and hasattr(self, "page"):  # a window that the page opened
            self._hampered.append(hamper(page, self._options))

    def _navigated(self, page: Page, frame: Frame) -> None:
        origin = origin_of(frame.url)
        if origin:
            self._seen.add(origin)
        if frame.parent_frame is not None:
            if origin:
                self._tell("framed", frame)
            return
        left = self.left.setdefault(page, {})
        left.pop(origin, None)
        before, self._at[page] = self._at.get(page), origin
        if before and before != origin:
            left[before] = None
        self._tell("went", page, frame.url)

    def _logged(self, message: ConsoleMessage) -> None:
        kind, text = message.type, message.text
        if kind == "debug" and text.startswith(MARK):
            self._tell("said", text.removeprefix(MARK))
        else:
            self._tell("logged", message.page, kind, text)

    def _threw(self, error: WebError) -> None:
        self._tell("threw", error.page, error.error)

    def _touch(self) -> None:
        self.spoilt = True


def origin_of(url: str) -> str:
    """Scheme and host of an address; empty text for one that has none."""
    address = urlsplit(url)
    return f"{address.scheme}://{address.netloc}" if address.scheme in ("http", "https") else ""


def _watch(context: BrowserContext, page: Page, touched: Callable[[], None]) -> None:
    """Notice when a journey does something to its context that emptying it would not undo."""

    def shadow(thing: Any, name: str) -> None:
        method = getattr(thing, name, None)
        if method is None or hasattr(method, "__wrapped__"):
            return

        def touching(*args: Any, **options: Any) -> Any:
            touched()
            return method(*args, **options)

        touching.__wrapped__ = method  # type: ignore[attr-defined]
        setattr(thing, name, touching)

    for thing in (context, page):
        for name in _LEAVES_TRACES:
            shadow(thing, name)
    for name in _CLOCK:
        shadow(page.clock, name)
