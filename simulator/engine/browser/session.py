"""One journey's own browser context: opened before it, closed after it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from inspect import signature
from typing import TYPE_CHECKING, Any

import greenlet

from simulator.engine.browser.chromium import Chromium
from simulator.engine.browser.evidence import MOST_LINES, Budget, look
from simulator.engine.browser.fibers import DriverGone, Fibers, TooLate
from simulator.engine.browser.track import BrowserTrack
from simulator.engine.browser.trouble import BrowserGone, words_of
from simulator.engine.browser.vitals import BINDING, LAST_WORDS, Said, page_pattern, script
from simulator.journey.browser_client import BrowserClient
from simulator.record.failure import Evidence

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Page, WebError

TIMEOUT_MS = 10_000
CLOSE_WITHIN_S = 3.0
LAST_WORDS_WITHIN_S = 1.0
CRASH_IS_SAID_WITHIN_S = 0.1


class Session:
    """A fresh context with one page, and what is watched in it.

    Args:
        fibers: those of the browser's loop.
        chromium: the browser.
        context: a new context of it.
        track: the user's; page errors and HTTP errors are counted where it is.
        base_url: where the user goes.
        budget: how much evidence may be collected.
    """

    def __init__(
        self,
        fibers: Fibers,
        chromium: Chromium,
        context: BrowserContext,
        track: BrowserTrack,
        base_url: str,
        budget: Budget,
    ) -> None:
        self._fibers = fibers
        self._chromium = chromium
        self._track = track
        self._base_url = base_url
        self._budget = budget
        self._console: deque[str] = deque(maxlen=MOST_LINES)
        self._crashed = False
        self._fiber: greenlet.greenlet | None = None
        self._journey = ""
        self._phase = ""
        self.context = context
        context.set_default_timeout(TIMEOUT_MS)
        context.expose_binding(BINDING, self._hear)
        context.add_init_script(script())
        context.on("console", self._keep_line)
        context.on("weberror", self._count_page_error)
        self.page = context.new_page()
        self.page.on("crash", self._crash)

    @classmethod
    def open(cls, fibers: Fibers, chromium: Chromium, track: BrowserTrack, base_url: str, budget: Budget) -> Session:
        """A new session in the browser, which is started if need be."""
        context = chromium.get().new_context(base_url=base_url, viewport={"width": 1280, "height": 720})
        try:
            return cls(fibers, chromium, context, track, base_url, budget)
        except BaseException:
            _close(fibers, context)
            raise

    def act(self, journey: Callable[..., Any], user: object) -> None:
        """The journey, with this session's page."""
        self._journey, self._phase = self._track.place.journey, self._track.phase
        self._track.witness = self
        vars(user)["client"] = BrowserClient(self.context.request, self._track, self._base_url)
        self._fiber = greenlet.getcurrent()
        if len(signature(journey).parameters) > 1:
            journey(user, self.page)
        else:
            journey(user)

    def hear_last_words(self) -> None:
        """Have the pages that are open say their web vitals."""
        self._fiber = None
        if self._crashed:
            return
        from playwright.sync_api import Error

        for page in self.context.pages:
            with suppress(Error, TooLate, DriverGone), self._fibers.deadline(LAST_WORDS_WITHIN_S):
                self._record(page.evaluate(LAST_WORDS))

    def close(self) -> None:
        """Close the context; a page that does not answer is left to the browser."""
        self._track.witness = None
        self._fiber = None
        _close(self._fibers, self.context)

    def look(self, error: BaseException | None) -> list[Evidence]:
        """Evidence of what is to be seen now."""
        pages = [page for page in self.context.pages if not page.is_closed()]
        page = None if self._crashed or not pages else pages[-1]
        return look(self._fibers, page, self._console, error, self._budget)

    def death(self, error: BaseException) -> str | None:
        """What is no longer there after this error, in words; `None` when page and browser are."""
        if "ERR_ABORTED" in str(error):
            self._fibers.pause(CRASH_IS_SAID_WITHIN_S)  # the news of a crash comes after that of its navigation
        if self._crashed:
            return "the page crashed"
        return None if self._chromium.lives else "the browser died"

    def _hear(self, source: object, text: str) -> None:
        self._record(text)

    def _record(self, text: object) -> None:
        said = Said.parse(text) if isinstance(text, str) else None
        if said is None:
            return
        track = self._track
        if said.status is not None:
            track.complain(f"http {said.status}", f"{page_pattern(said.url, self._base_url)} answered {said.status}")
            return
        for sample in said.samples(track.user, self._journey, self._base_url, self._phase):
            track.recorder.add(sample)

    def _keep_line(self, message: ConsoleMessage) -> None:
        self._console.append(f"{message.type}: {message.text}")

    def _count_page_error(self, error: WebError) -> None:
        self._console.append(f"uncaught: {error.error}")
        self._track.recorder.fail(self._track.here(), "page error", words_of(error.error))

    def _crash(self, page: Page) -> None:
        """What a journey waits for in a crashed page never comes."""
        self._crashed = True
        if self._fiber is not None and not self._track.failed:
            self._fibers.throw(self._fiber, BrowserGone("it does not answer any more"))


def _close(fibers: Fibers, context: BrowserContext) -> None:
    from playwright.sync_api import Error

    with suppress(Error, TooLate, DriverGone), fibers.deadline(CLOSE_WITHIN_S):
        context.close()
