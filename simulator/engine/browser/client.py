"""The engine's side of the browser host: starts the process, again when it has died, and hands it journeys."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from itertools import count

from simulator.engine.browser.hearing import record_lost
from simulator.engine.browser.life import Life
from simulator.engine.browser.locate import Browser, find_browser
from simulator.engine.browser.wire import Order, Settings
from simulator.errors import BringUpError
from simulator.plan.browser import BrowserOptions, options_of
from simulator.plan.cast import Cast, UserSpec
from simulator.plan.load import ANYONE, Load, users_of
from simulator.record.recorder import Recorder


def browser_for(cast: Cast, load: Load, host: str, options: BrowserOptions | None = None) -> BrowserHost | None:
    """The browser host that a run needs; it is not started yet. `None` when no browser user takes part.

    Args:
        cast: who could take part.
        load: who does.
        host: where everybody goes; empty text for "as each class says".
        options: how users get their browsers; a class's own `browser` has the last word.

    Raises:
        BringUpError: there is no browser.
        FileError: a class's own options are wrong.
    """
    users = _taking_part(cast, load)
    if not users:
        return None
    own = {user.name: options_of(cast.classes.get(user.name, object), options or BrowserOptions()) for user in users}
    return BrowserHost(users, host, own)


def _taking_part(cast: Cast, load: Load) -> list[UserSpec]:
    living = {name for phase in load.phases for name in users_of(phase, cast)}
    streamed = {stream.of for phase in load.phases for stream in phase.arrivals}
    return [
        user
        for user in cast.of_kind("browser")
        if user.name in living
        or streamed & {ANYONE, user.name}
        or streamed & {journey.name for journey in user.journeys}
    ]


def browser_of(options: BrowserOptions) -> Browser:
    """The browser that these options ask for.

    Raises:
        BringUpError: it is not here.
    """
    headed = options.headed or options.devtools
    return find_browser(headed=headed, engine=options.engine, channel=options.channel, url=options.url)


class BrowserHost:
    """A process with a browser, in which browser users live; restarted when it dies.

    All methods may be called from many greenlets (or threads); each blocks its caller only. Sockets, locks and threads
    are looked up when they are used, so they are gevent's wherever gevent has taken their place.

    Args:
        users: the browser user classes that take part.
        host: where everybody goes; empty text for "as each class says".
        options: user class → how it gets its browser; what is missing gets one as it is.
        browsers: user class → which browser, instead of the one that options ask for.

    Raises:
        BringUpError: a browser is not here.

    Attributes:
        browsers: those that are used, each once.
    """

    def __init__(
        self,
        users: list[UserSpec],
        host: str,
        options: Mapping[str, BrowserOptions] | None = None,
        browsers: Mapping[str, Browser] | None = None,
    ) -> None:
        own = {user.name: (options or {}).get(user.name, BrowserOptions()) for user in users}
        used = {name: (browsers or {}).get(name) or browser_of(said) for name, said in own.items()}
        files = {user.name: user.file for user in users}
        hosts = {user.name: host or user.host or "" for user in users}
        self.browsers = list(dict.fromkeys(used.values()))
        self._settings = Settings(used, files, hosts, own)
        self._ids = count(1)
        self._process: Life | None = None
        self._recorder: Recorder | None = None
        self._starting = threading.Lock()
        self._stopping = False

    @property
    def description(self) -> str:
        """The browser as the report names it: name, version and mode."""
        return "; ".join(browser.description for browser in self.browsers)

    @property
    def pid(self) -> int | None:
        """The process whose children are the driver and the browser; `None` while there is none."""
        return self._process.pid if self._process else None

    def pids(self) -> list[int]:
        """The process again, as a list for those who count what the load generator consumes."""
        return [] if self.pid is None else [self.pid]

    def start(self, recorder: Recorder) -> None:
        """Start process and browser.

        Args:
            recorder: where everything that is measured goes.

        Raises:
            BringUpError: the browser does not start, or the journey files do not import there.
        """
        self._recorder = recorder
        self._running()

    def run(self, user: str, number: int, journey: str, planned_s: float | None = None, phase: str = "") -> None:
        """Have one user go on a journey; returns when it has ended and all of it is recorded.

        Args:
            user: the user class.
            number: which of its users.
            journey: the journey's name.
            planned_s: when it was meant to begin, on the recorder's clock; `None` for now.
            phase: the phase in which it was meant to begin; empty text for the present one.
        """
        recorder = self._recorder
        assert recorder is not None, "start comes first"
        order = Order(next(self._ids), user, number, journey, planned_s, phase)
        began_s = recorder.clock()
        try:
            while not self._running().run(order, recorder.phase):
                pass  # the process died before it had begun
        except BringUpError as error:
            record_lost(recorder, order, began_s, str(error), "cut off" if self._stopping else "error")

    def begin_phase(self, phase: str) -> None:
        """From now on what begins belongs to this phase."""
        if self._process is not None:
            self._process.begin_phase(phase)

    def release(self, user: str, number: int) -> None:
        """The user ends; does not wait for it."""
        if self._process is not None:
            self._process.tell(["release", user, number])

    def stop(self, within_s: float) -> None:
        """End everything: afterwards there is no host, no driver and no browser.

        Args:
            within_s: how long journeys under way may take to finish before they are cut off.
        """
        self._stopping = True
        with self._starting:
            if self._process is not None:
                self._process.stop(within_s)
                self._process = None

    def _running(self) -> Life:
        """The process, started again when it has died."""
        with self._starting:
            if self._stopping:
                raise BringUpError("the run is ending")
            if self._process is None or not self._process.alive:
                assert self._recorder is not None
                if self._process is not None:
                    self._process.stop(0)
                self._process = None
                self._process = Life(self._settings, self._recorder)
            return self._process
