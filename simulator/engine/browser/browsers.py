"""The browsers of a host: started when they are needed, again when they have died, replaced when they are used up."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator.engine.browser.fibers import DriverGone, Fibers, Gate, TooLate
from simulator.engine.browser.locate import Browser
from simulator.engine.browser.trouble import BrowserGone, words_of
from simulator.plan.browser import BrowserOptions

if TYPE_CHECKING:
    from playwright.sync_api import Browser as Handle
    from playwright.sync_api import Playwright

LAUNCH_WITHIN_MS = 30_000
CLOSE_WITHIN_S = 3.0
OF_NOBODY = ""


@dataclass(frozen=True)
class Launch:
    """A way to start a browser; users with the same share one.

    Attributes:
        browser: which one.
        arguments: what it is started with.
        slow_mo_ms: waited before each action.
        owner: the only user of it; empty text when it is shared.
        journeys: it is replaced after so many.
        size_bytes: … or when it takes so much memory.
    """

    browser: Browser
    arguments: tuple[str, ...] = ()
    slow_mo_ms: float = 0.0
    owner: str = OF_NOBODY
    journeys: int = 1000
    size_bytes: float = 4e9

    @classmethod
    def of(cls, browser: Browser, options: BrowserOptions, hosts: Iterable[str], owner: str = OF_NOBODY) -> Launch:
        """The way that a user's options ask for.

        Args:
            browser: which one.
            options: of the user.
            hosts: those of the target.
            owner: the user, when the browser is to be its own.
        """
        arguments = [*browser.arguments, *blocking_arguments(browser, options, hosts)]
        if options.devtools:
            arguments.append("--auto-open-devtools-for-tabs")
        kept = owner if options.own else OF_NOBODY
        slow_mo_ms = options.slow_mo_s * 1000
        return cls(browser, tuple(arguments), slow_mo_ms, kept, options.recycle_journeys, options.recycle_bytes)


def blocking_arguments(browser: Browser, options: BrowserOptions, hosts: Iterable[str]) -> list[str]:
    """Hosts and kinds of resources that Chromium itself refuses: free, where asking the driver doubles the cost."""
    if not blocks_inside(browser, options):
        return []
    rules = [f"MAP {host} ~NOTFOUND" for host in options.block]
    if options.third_parties == "block":
        own = [host.partition(":")[0] for host in (*hosts, *options.first_parties)]
        rules += ["MAP * ~NOTFOUND", *(f"EXCLUDE {host}" for host in dict.fromkeys(own))]
    found = [f"--host-resolver-rules={', '.join(rules)}"] if rules else []
    if "image" in options.block_types:
        found.append("--blink-settings=imagesEnabled=false")
    if "font" in options.block_types:
        found.append("--disable-remote-fonts")
    return found


def blocks_inside(browser: Browser, options: BrowserOptions) -> bool:
    """Whether the browser can be told when it is started: only one of ours, and none that leaves names to a proxy."""
    return browser.engine == "chromium" and not browser.url and not options.proxy


def driver_is_gone(thing: Any) -> bool:
    """Whether the driver behind something of Playwright's has died; Playwright says so only to the next call."""
    connection = getattr(thing._impl_obj, "_connection", None)
    return getattr(connection, "_closed_error", None) is not None


class Running:
    """A browser that runs.

    Attributes:
        handle: Playwright's.
        launch: how it was started.
        begun: journeys that have begun in it.
        guests: those that are under way.
        retired: no journey begins in it any more.
        closing: it is ended on purpose.
        idle: contexts that wait to be used again.
    """

    def __init__(self, handle: Handle, launch: Launch) -> None:
        self.handle = handle
        self.launch = launch
        self.begun = 0
        self.guests = 0
        self.retired = False
        self.closing = False
        self.idle: dict[str, list[Any]] = {}

    @property
    def lives(self) -> bool:
        """Whether it is there."""
        return self.handle.is_connected() and not driver_is_gone(self.handle)


class Browsers:
    """Starts a browser when it is first needed, and whenever it is no longer there.

    Args:
        playwright: the driver.
        fibers: those of the driver's loop.
        on_death: is told of each browser that ends though nobody has asked it to, while the driver lives.
    """

    def __init__(self, playwright: Playwright, fibers: Fibers, on_death: Callable[[], object]) -> None:
        self._playwright = playwright
        self._fibers = fibers
        self._on_death = on_death
        self._one_at_a_time = Gate(fibers, 1)
        self._running: dict[Launch, Running] = {}
        self._retired: list[Running] = []

    def get(self, launch: Launch) -> Running:
        """A browser that runs.

        Raises:
            BrowserGone: it does not start.
        """
        with self._one_at_a_time:
            running = self._running.get(launch)
            if running is not None and running.lives and running.begun >= launch.journeys:
                self.retire(running)
            running = self._running.get(launch)
            if running is None or not running.lives:
                running = self._running[launch] = self._watched(Running(self._start(launch), launch))
            return running

    def all(self) -> list[Running]:
        """Those in use."""
        return list(self._running.values())

    def retire(self, running: Running) -> None:
        """Let nobody begin in it any more; it ends with its last journey."""
        running.retired = True
        if self._running.get(running.launch) is running:
            del self._running[running.launch]
        self._retired.append(running)
        self.leave(running)

    def leave(self, running: Running) -> None:
        """End a retired browser in which nobody is any more."""
        if running.retired and running.guests == 0 and running in self._retired:
            self._retired.remove(running)
            self._fibers.spawn(lambda: self._close(running))

    def release(self, owner: str) -> None:
        """A user is gone: its own browsers end."""
        for running in [one for one in self.all() if owner and one.launch.owner == owner]:
            self.retire(running)

    def close(self) -> None:
        """End all of them."""
        for running in [*self.all(), *self._retired]:
            self._close(running)

    @property
    def driver_is_gone(self) -> bool:
        """Whether Playwright's driver has died."""
        return driver_is_gone(self._playwright)

    def _close(self, running: Running) -> None:
        from playwright.sync_api import Error

        running.closing = True
        if running.lives and not self.driver_is_gone:
            with suppress(Error, TooLate, DriverGone), self._fibers.deadline(CLOSE_WITHIN_S):
                running.handle.close()

    def _watched(self, running: Running) -> Running:
        def ended(_: Handle) -> None:
            if not running.closing and not self.driver_is_gone:
                self._on_death()

        running.handle.once("disconnected", ended)
        return running

    def _start(self, launch: Launch) -> Handle:
        from playwright.sync_api import Error

        browser = launch.browser
        try:
            return self._connect(launch) if browser.url else self._launch(launch)
        except Error as error:
            does_not = "cannot be reached" if browser.url else "does not start"
            raise BrowserGone(f"{browser.url or browser.path} {does_not}: {words_of(error)}") from error

    def _launch(self, launch: Launch) -> Handle:
        browser = launch.browser
        kind = getattr(self._playwright, browser.engine)
        return kind.launch(  # type: ignore[no-any-return]
            executable_path=browser.path,
            args=list(launch.arguments),
            ignore_default_args=list(browser.unwanted) or None,
            headless=browser.mode != "headed",
            **({"chromium_sandbox": browser.sandbox} if browser.engine == "chromium" else {}),
            slow_mo=launch.slow_mo_ms,
            handle_sigint=False,
            handle_sigterm=False,
            handle_sighup=False,
            timeout=LAUNCH_WITHIN_MS,
        )

    def _connect(self, launch: Launch) -> Handle:
        """A browser elsewhere: a Playwright server speaks WebSocket, DevTools are asked over HTTP."""
        kind, url = getattr(self._playwright, launch.browser.engine), launch.browser.url
        if url.startswith(("http://", "https://")) or "/devtools/browser/" in url:
            return kind.connect_over_cdp(url, slow_mo=launch.slow_mo_ms, timeout=LAUNCH_WITHIN_MS)  # type: ignore[no-any-return]
        return kind.connect(url, slow_mo=launch.slow_mo_ms, timeout=LAUNCH_WITHIN_MS)  # type: ignore[no-any-return]
