"""The one browser of a host, started again when it has died."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.engine.browser.fibers import Fibers, Gate
from simulator.engine.browser.locate import Browser
from simulator.engine.browser.trouble import BrowserGone, words_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser as Running
    from playwright.sync_api import Playwright

LAUNCH_WITHIN_MS = 30_000


class Chromium:
    """Starts the browser when it is first needed, and whenever it is no longer there.

    Args:
        playwright: the driver.
        fibers: those of the driver's loop.
        browser: which one.
    """

    def __init__(self, playwright: Playwright, fibers: Fibers, browser: Browser) -> None:
        self._playwright = playwright
        self._browser = browser
        self._one_at_a_time = Gate(fibers, 1)
        self._running: Running | None = None

    @property
    def lives(self) -> bool:
        """Whether it is there now."""
        return self._running is not None and self._running.is_connected() and not self.driver_is_gone

    def get(self) -> Running:
        """The browser, running.

        Raises:
            BrowserGone: it does not start.
        """
        with self._one_at_a_time:
            if self._running is None or not self._running.is_connected():
                self._running = self._launch()
            return self._running

    def close(self) -> None:
        """End it, if it runs."""
        if self.lives and self._running is not None:
            self._running.close()

    @property
    def driver_is_gone(self) -> bool:
        """Whether Playwright's driver has died; Playwright says so only to the next call."""
        connection = getattr(self._playwright._impl_obj, "_connection", None)
        return getattr(connection, "_closed_error", None) is not None

    def _launch(self) -> Running:
        from playwright.sync_api import Error

        browser = self._browser
        try:
            return self._playwright.chromium.launch(
                executable_path=browser.path,
                args=list(browser.arguments),
                headless=browser.mode != "headed",
                chromium_sandbox=browser.sandbox,
                handle_sigint=False,
                handle_sigterm=False,
                handle_sighup=False,
                timeout=LAUNCH_WITHIN_MS,
            )
        except Error as error:
            raise BrowserGone(f"{browser.path} does not start: {words_of(error)}") from error
