"""One journey in a room: who hears what its pages say, and writes it down."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from inspect import signature
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import greenlet

from simulator.engine.browser.evidence import MOST_LINES, Budget, look
from simulator.engine.browser.fibers import DriverGone, Fibers, TooLate
from simulator.engine.browser.look import first_party
from simulator.engine.browser.requests import CUT_SHORT, Requests, archive
from simulator.engine.browser.room import Room, origin_of
from simulator.engine.browser.trace import Traced, Tracer
from simulator.engine.browser.track import BrowserTrack
from simulator.engine.browser.trouble import BrowserGone, words_of
from simulator.engine.browser.vitals import CARRIED, LAST_WORDS, Said, page_pattern
from simulator.journey.browser_client import BrowserClient
from simulator.journey.http.trace_context import traceparent
from simulator.plan.browser import BrowserOptions, is_host_of
from simulator.record.failure import Evidence
from simulator.record.sample import Sample, SeriesKey
from simulator.safe_text import clean

if TYPE_CHECKING:
    from playwright.sync_api import Frame, Page, Request

LAST_WORDS_WITHIN_S = 1.0
ASKED_WITHIN_S = 10.0
CARRIED_AT_MOST = 10
"""So many pages may pass before the one that is shown is asked what those before it had to say: what it carries has to
fit into a site's sessionStorage, and is lost when it crashes."""

CRASH_IS_SAID_WITHIN_S = 0.1
FALLEN = ("page_errors", "console_errors")


class Session:
    """One journey.

    Args:
        fibers: those of the browser's loop.
        room: where it takes place.
        track: the user's; page errors and HTTP errors are counted where it is.
        base_url: where the user goes.
        options: of the user.
        budget: how much evidence may be collected.
        tracer: decides which journeys are traced.

    Attributes:
        room: where it takes place.
        kept_trace: there is a trace of it among the evidence.
    """

    def __init__(
        self,
        fibers: Fibers,
        room: Room,
        track: BrowserTrack,
        base_url: str,
        options: BrowserOptions,
        budget: Budget,
        tracer: Tracer,
    ) -> None:
        self.room = room
        self.kept_trace = False
        self._fibers = fibers
        self._track = track
        self._base_url = base_url
        self._options = options
        self._budget = budget
        self._tracer = tracer
        self._traced: Traced | None = None
        self._console: deque[str] = deque(maxlen=MOST_LINES)
        self._is_own = first_party(options, base_url)
        self._requests = Requests(track.recorder.add, track.user, self._is_own)
        self._shown: dict[Page, str] = {}
        self._views = 0
        self._fallen: dict[Page | None, Counter[str]] = {}
        self._crashed = False
        self._fiber: greenlet.greenlet | None = None
        self._journey = ""
        self._phase = ""
        self._traceparent = traceparent() if options.traceparent else ""
        room.guest = self

    def prepare(self, journey: str) -> None:
        """What is to be under way before the journey begins."""
        if self._tracer.wants(journey, self._options.trace):
            self._traced = self._tracer.start(self.room.context)

    def act(self, journey: Callable[..., Any], user: object) -> None:
        """The journey, with this session's page."""
        self._journey, self._phase = self._track.place.journey, self._track.phase
        self._track.witness = self
        self._hand_over(user)
        self._fiber = greenlet.getcurrent()
        if len(signature(journey).parameters) > 1:
            journey(user, self.room.page)
        else:
            journey(user)

    def move(self, room: Room, user: object) -> None:
        """Go on in another room."""
        running = self.room.running
        assert room.running is running
        self.room.guest = None
        self.room, room.guest = room, self
        self._shown.clear()
        self._traced = None  # ended with the context that it was made of
        self._hand_over(user)

    def _hand_over(self, user: object) -> None:
        context = self.room.context
        if self._traceparent:
            context.set_extra_http_headers({**self._options.headers, "traceparent": self._traceparent})
        client = BrowserClient(context.request, self._track, self._base_url, context)
        client.allowed_hosts = self._options.allowed_hosts
        vars(user)["client"] = client
        vars(user)["context"] = context

    def finish(self) -> None:
        """Hear what the pages have to say in the end, and write it all down."""
        self._fiber = None
        if not self._crashed:
            self._hear_last_words()
        for page, url in self._shown.items():
            self._count_fallen(page, url)
        self._requests.finish(self._journey, self._phase)
        self._track.hand_in(self._requests.kept, origin_of(self._base_url))
        if self._traced is not None:
            self._tracer.discard(self._traced)
            self._traced, self.room.spoilt = None, True

    def leave(self) -> None:
        """Hear nothing any more."""
        self._fiber = None
        self._track.witness = None
        self.room.guest = None

    def look(self, error: BaseException | None) -> list[Evidence]:
        """Evidence of what is to be seen now."""
        if self._crashed or not self.room.pages:
            page = None
        else:
            page = self.room.pages[-1]
        marks = [f"traceparent: {self._traceparent}"] if self._traceparent else []
        found = look(self._fibers, page, deque([*marks, *self._console]), error, self._budget)
        if not found:
            return []
        if page is not None:
            self._hear(page)
        more = [Evidence("requests.har", archive(self._requests.kept, self._browser))] if self._requests.kept else []
        more += self._trace()
        self._budget.spend(more)
        return found + more

    def look_again(self) -> list[Evidence]:
        """Only the trace, for a failure of which the rest is known already."""
        found = self._trace() if self._budget.left else []
        self._budget.spend(found)
        return found

    def _trace(self) -> list[Evidence]:
        if self._traced is None:
            return []
        traced, self._traced = self._traced, None
        self.room.spoilt = True
        found = self._tracer.keep(traced, self._fibers)
        self.kept_trace = bool(found)
        return found

    def death(self, error: BaseException) -> str | None:
        """What is no longer there after this error, in words; `None` when page and browser are."""
        if "ERR_ABORTED" in str(error):
            self._fibers.pause(CRASH_IS_SAID_WITHIN_S)  # the news of a crash comes after that of its navigation
        if self._crashed:
            return "the page crashed"
        return None if self.room.running.lives else "the browser died"

    def said(self, words: object) -> None:
        """See `Guest`."""
        for line in words.split("\n") if isinstance(words, str) else ():
            said = Said.parse(line)
            if said is not None:
                self._write_down(said)

    def _write_down(self, said: Said) -> None:
        track = self._track
        if said.status is not None:
            track.complain(f"http {said.status}", f"{page_pattern(said.url, self._base_url)} answered {said.status}")
            return
        for sample in said.samples(track.user, self._journey, self._base_url, self._phase):
            track.recorder.add(sample)
        self._requests.heard(said.requests, self._journey, self._phase)

    def went(self, page: Page, url: str) -> None:
        """See `Guest`."""
        before = self._shown.pop(page, None)
        if before is not None:
            self._count_fallen(page, before)
        if not origin_of(url):
            return
        self._shown[page] = url
        self._views += 1
        may_close_soon = page is not self.room.page
        if self._wants_words and (may_close_soon or self._views % CARRIED_AT_MOST == 0):
            self._fibers.spawn(lambda: self._ask(page.main_frame, CARRIED))

    def framed(self, frame: Frame) -> None:
        """See `Guest`. A frame goes with its page, and leaves no note."""
        if self._options.requests:
            self._fibers.spawn(lambda: self._ask_loaded(frame))

    def _ask_loaded(self, frame: Frame) -> None:
        from playwright.sync_api import Error

        with suppress(Error, TooLate, DriverGone), self._fibers.deadline(ASKED_WITHIN_S):
            frame.wait_for_load_state("load")
            self._ask(frame, LAST_WORDS)

    def _ask(self, frame: Frame, question: str, within_s: float = ASKED_WITHIN_S) -> None:
        """Hear what a document says; nothing if it is gone, or does not answer, or the journey is over."""
        from playwright.sync_api import Error

        with suppress(Error, TooLate, DriverGone), self._fibers.deadline(within_s):
            words = frame.evaluate(question)
            if self.room.guest is self:
                self.said(words)

    def logged(self, page: Page | None, kind: str, text: str) -> None:
        """See `Guest`."""
        self._console.append(f"{kind}: {text}")
        if kind == "error":
            self._fall(page, "console_errors")
            self._track.recorder.fail(self._track.here(), "console error", clean(text))

    def threw(self, page: Page | None, error: Any) -> None:
        """See `Guest`."""
        self._console.append(f"uncaught: {error}")
        self._fall(page, "page_errors")
        self._track.recorder.fail(self._track.here(), "page error", words_of(error))

    def failed(self, request: Request) -> None:
        """See `Guest`."""
        if not self._options.requests:
            return
        if self._is_blocked(urlsplit(request.url).netloc, request.resource_type):
            self._requests.blocked(request.url)
        else:
            self._requests.failed(request.url, request.resource_type, request.failure or CUT_SHORT)

    def asked(self, request: Request) -> None:
        """See `Guest`."""
        host = urlsplit(request.url).netloc
        if not self._is_own(host):
            self._track.complain("third party", f"{host} was asked for a {request.resource_type}, and is forbidden")

    def crashed(self, page: Page) -> None:
        """See `Guest`. What a journey waits for in a crashed page never comes."""
        self._crashed = True
        if self._fiber is not None and not self._track.failed:
            self._fibers.throw(self._fiber, BrowserGone("it does not answer any more"))

    @property
    def _browser(self) -> str:
        return self.room.running.launch.browser.description

    def _hear_last_words(self) -> None:
        for page in self.room.pages:
            self._hear(page)
            for origin in self.room.left.pop(page, {}) if self._wants_words else ():
                self._hear_from(page, origin)

    @property
    def _wants_words(self) -> bool:
        return self._options.vitals or self._options.requests

    def _hear(self, page: Page) -> None:
        """What a page, and the frames in it, have to say now."""
        for frame in page.frames if self._wants_words else ():
            self._ask(frame, LAST_WORDS, LAST_WORDS_WITHIN_S)

    def _hear_from(self, page: Page, origin: str) -> None:
        """The note that a document left when the page went on to another origin."""
        from playwright.sync_api import Error

        shown = self._shown.pop(page, None)
        if shown is not None:
            self._count_fallen(page, shown)
        with suppress(Error, TooLate, DriverGone), self._fibers.deadline(LAST_WORDS_WITHIN_S):
            self.said(self.room.visit(page, origin, CARRIED))
            page.evaluate(LAST_WORDS)  # the wayside's own, which it would leave for the user's next journey
        self._shown.pop(page, None)

    def _fall(self, page: Page | None, metric: str) -> None:
        self._fallen.setdefault(page, Counter())[metric] += 1

    def _count_fallen(self, page: Page, url: str) -> None:
        """How many errors a document had; none is a number, too."""
        counts, pattern = self._fallen.pop(page, Counter()), page_pattern(url, self._base_url)
        for metric in FALLEN:
            key = SeriesKey("vital", self._track.user, self._journey, pattern, metric, "browser", self._phase)
            self._track.recorder.add(Sample(key, "ok", float(counts[metric])))

    def _is_blocked(self, host: str, kind: str) -> bool:
        options = self._options
        only_own = options.third_parties == "block" and not self._is_own(host)
        return is_host_of(options.block, host) or kind in options.block_types or only_own
