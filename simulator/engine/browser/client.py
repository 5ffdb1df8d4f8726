"""The engine's side of the browser host: starts the process, hands it journeys, records what it says."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from simulator.engine.browser.locate import WAY_OUT, Browser, find_browser
from simulator.engine.browser.scratch import make_scratch, remove_scratch
from simulator.engine.browser.wire import DEATHS, SETTINGS, Incoming, Order, Settings, packed
from simulator.errors import BringUpError
from simulator.plan.browser import BrowserOptions, options_of
from simulator.plan.cast import Cast, UserSpec
from simulator.plan.load import ANYONE, Load, users_of
from simulator.record.failure import Evidence
from simulator.record.recorder import Recorder
from simulator.record.sample import Outcome, Reading, Sample, SeriesKey
from simulator.record.trace import Trace

START_WITHIN_S = 60.0
END_WITHIN_S = 4.5
KILLED_WITHIN_S = 1.0
GENERATOR = "generator"
LEAN_DRIVER = "--max-semi-space-size=1"
"""Playwright's driver collects its short-lived objects more often, which takes 17 MB off it and no measurable time."""


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
        self._process: _Process | None = None
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

    def _running(self) -> _Process:
        """The process, started again when it has died."""
        with self._starting:
            if self._stopping:
                raise BringUpError("the run is ending")
            if self._process is None or not self._process.alive:
                assert self._recorder is not None
                if self._process is not None:
                    self._process.stop(0)
                self._process = None
                self._process = _Process(self._settings, self._recorder)
            return self._process


class _Errand:
    """A journey that the process was asked for."""

    def __init__(self, order: Order, began_s: float) -> None:
        self.order = order
        self.began_s = began_s
        self.begun = False
        self.ended = threading.Event()


class _Process:
    """One life of the host process."""

    def __init__(self, settings: Settings, recorder: Recorder) -> None:
        self._recorder = recorder
        self._orders: dict[int, _Errand] = {}
        self._phase = recorder.phase
        self._refusal: BringUpError | None = None
        self._up = threading.Event()
        self._writing = threading.Lock()
        self._stopping = False
        self.alive = True
        self._words = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self._scratch = make_scratch()
        ours, theirs = socket.socketpair()
        self._socket = ours
        self._popen = _spawn(settings, theirs, self._words, self._scratch)
        theirs.close()
        self.pid = self._popen.pid
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._await_browser()

    def run(self, order: Order, phase: str) -> bool:
        """Have a journey run, and wait for its end; `False` when the process died before it began."""
        errand = self._orders[order.id] = _Errand(order, self._recorder.clock())
        self.begin_phase(phase)
        if not self.alive:
            self._settle()
        self.tell(order.to_plain())
        try:
            errand.ended.wait()
        except BaseException:
            self.tell(["cut", order.id])
            raise
        return errand.begun

    def begin_phase(self, phase: str) -> None:
        """Say which phase it is, if that has changed."""
        if phase != self._phase:
            self._phase = phase
            self.tell(["phase", phase])

    def tell(self, message: list[Any]) -> None:
        """Send a message; a process that is gone does not hear it."""
        with self._writing, suppress(OSError):
            self._socket.sendall(packed(message))

    def stop(self, within_s: float) -> None:
        """End the process and all that it started."""
        self._stopping = True
        family = _family(self.pid)
        self.tell(["stop", within_s])
        self._reader.join(within_s + END_WITHIN_S if self.alive else 0)
        family |= _family(self.pid)
        _end(self._popen, family)
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._reader.join(KILLED_WITHIN_S)
        self._socket.close()
        self._words.close()
        remove_scratch(self._scratch)

    def _await_browser(self) -> None:
        up = self._up.wait(START_WITHIN_S)
        if up and self.alive and self._refusal is None:
            return
        refusal = self._refusal or BringUpError(
            "the browser host did not start", hint=WAY_OUT, detail=self._last_words()
        )
        self.stop(0)
        raise refusal

    def _read(self) -> None:
        incoming = Incoming()
        try:
            while data := self._socket.recv(262_144):
                for message in incoming.feed(data):
                    self._hear(message)
        except OSError:
            pass
        finally:
            self.alive = False
            if self._up.is_set() and not self._stopping:
                _read(self._recorder, DEATHS, "", 1.0)  # the driver's death ends the process, too
            self._settle()
            self._up.set()

    def _hear(self, message: list[Any]) -> None:
        kind, *values = message
        if kind == "ready":
            self._phase = ""
            self.begin_phase(self._recorder.phase)
            self._up.set()
        elif kind == "refused":
            text, hint, detail = values
            self._refusal = BringUpError(text, hint=hint or WAY_OUT, detail=detail)
        elif kind == "done":
            errand = self._orders.pop(values[0], None)
            if errand is not None:
                errand.ended.set()
        elif kind == "begun":
            if values[0] in self._orders:
                self._orders[values[0]].begun = True
        else:
            _RECORD[kind](self._recorder, *values)

    def _settle(self) -> None:
        """The process is gone: nothing more will be heard of these journeys."""
        outcome: Outcome = "cut off" if self._stopping else "error"
        while self._orders:
            _, errand = self._orders.popitem()
            if errand.begun:
                record_lost(self._recorder, errand.order, errand.began_s, "the browser host's process died", outcome)
            errand.ended.set()

    def _last_words(self) -> str | None:
        self._words.seek(0)
        return self._words.read()[-4000:].decode("utf-8", "replace").strip() or None


def record_lost(recorder: Recorder, order: Order, began_s: float, why: str, outcome: Outcome) -> None:
    """Record a journey of which the browser host can say nothing any more.

    Args:
        recorder: where to.
        order: the journey.
        began_s: when it began, on the recorder's clock.
        why: what happened.
        outcome: error, or cut off.
    """
    now_s = recorder.clock()
    service_s = None if order.planned_s is None else now_s - began_s
    response_s = now_s - (began_s if order.planned_s is None else order.planned_s)
    journey = SeriesKey("journey", order.user, order.journey, "", "", "journey", order.phase)
    step = journey._replace(level="step", step=order.journey)
    operation = step._replace(level="operation", name=order.journey, kind="browser")
    for key in (operation, step, journey):
        recorder.add(Sample(key, outcome, response_s, service_s))
    if outcome == "error":
        recorder.fail(journey, "browser", why)


def _add_successes(recorder: Recorder, key: list[str], times_s: list[float], size_bytes: int) -> None:
    for time_s in times_s:
        recorder.add(Sample(SeriesKey(*key), "ok", time_s, None, size_bytes))  # type: ignore[arg-type]
        size_bytes = 0


def _add(recorder: Recorder, key: list[str], outcome: Outcome, *rest: Any) -> None:
    recorder.add(Sample(SeriesKey(*key), outcome, *rest))  # type: ignore[arg-type]


def _take_back(recorder: Recorder, key: list[str], response_s: float, service_s: float | None) -> None:
    recorder.take_back(SeriesKey(*key), response_s, service_s)  # type: ignore[arg-type]


def _fail(recorder: Recorder, key: list[str], error_class: str, message: str, evidence: list[list[Any]]) -> None:
    pieces = [Evidence(name, content) for name, content in evidence]
    recorder.fail(SeriesKey(*key), error_class, message, lambda: pieces, again=bool(pieces))  # type: ignore[arg-type]


def _read(recorder: Recorder, metric: str, unit: str, value: float) -> None:
    recorder.read(Reading(GENERATOR, metric, unit, recorder.at_s(), value))


def _keep(recorder: Recorder, plain: list[Any]) -> None:
    trace = Trace.from_plain(plain)
    recorder.keep(replace(trace, at_s=trace.at_s - recorder.started_s))


_RECORD: dict[str, Callable[..., None]] = {
    "ok": _add_successes,
    "sample": _add,
    "back": _take_back,
    "fail": _fail,
    "reading": _read,
    "trace": _keep,
}


def _spawn(settings: Settings, theirs: socket.socket, words: Any, scratch: Path) -> subprocess.Popen[bytes]:
    """The host process: our own `sys.path`, none of gevent's patches, out of reach of the terminal's Ctrl-C.

    Its settings may hold credentials, so they go through the environment: command lines are for everybody to read.
    """
    program = f"import sys; sys.path[:] = {sys.path!r}; from simulator.engine.browser.host import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", program, str(theirs.fileno())],
        pass_fds=[theirs.fileno()],
        env={
            **os.environ,
            SETTINGS: json.dumps(settings.to_plain()),
            "SIMULATOR_BROWSER_HOST": "1",
            "LOCUST_SKIP_MONKEY_PATCH": "1",
            "PYTHONUNBUFFERED": "1",
            "TMPDIR": str(scratch),
            "NODE_OPTIONS": f"{os.environ.get('NODE_OPTIONS', '')} {LEAN_DRIVER}".strip(),
        },
        stdin=subprocess.DEVNULL,
        stderr=words,
        start_new_session=True,
    )


def _family(pid: int) -> set[Any]:
    """A process's descendants; they stay known when their parent dies."""
    import psutil

    try:
        return set(psutil.Process(pid).children(recursive=True))
    except psutil.Error:
        return set()


def _end(popen: subprocess.Popen[bytes], family: set[Any]) -> None:
    """Wait a moment for a process and its descendants to end, then end them."""
    import psutil

    with suppress(subprocess.TimeoutExpired):
        popen.wait(KILLED_WITHIN_S if popen.poll() is None else 0)
    if popen.poll() is None:
        popen.kill()
        popen.wait()
    _, left = psutil.wait_procs(family, timeout=KILLED_WITHIN_S)
    for process in left:
        with suppress(psutil.Error):
            process.kill()
