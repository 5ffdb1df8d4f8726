"""One life of the browser host's process, as the engine sees it: from its start to its end, and all it is asked for."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from simulator.engine.browser.hearing import hear, record_death, record_lost
from simulator.engine.browser.locate import WAY_OUT
from simulator.engine.browser.scratch import make_scratch, remove_scratch
from simulator.engine.browser.wire import SETTINGS, Incoming, Order, Settings, packed
from simulator.errors import BringUpError
from simulator.record.recorder import Recorder
from simulator.record.sample import Outcome

START_WITHIN_S = 60.0
END_WITHIN_S = 4.5
KILLED_WITHIN_S = 1.0
LEAN_DRIVER = "--max-semi-space-size=16 --stack-trace-limit=0"
"""Playwright's driver may keep 16 MB of short-lived objects: with 1 MB it took that much less memory, but collected so
often that it and all else took some 2% more time. And it notes no stack for each command that it sends, which no user
would see: a tenth of what it consumes."""


class _Errand:
    """A journey that the process was asked for."""

    def __init__(self, order: Order, began_s: float) -> None:
        self.order = order
        self.began_s = began_s
        self.begun = False
        self.ended = threading.Event()


class Life:
    """One life of the host process.

    Args:
        settings: what the host is told.
        recorder: where everything that it says goes.

    Raises:
        BringUpError: the browser does not start, or the journey files do not import there.

    Attributes:
        alive: it has not ended.
        pid: of the process.
    """

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
                record_death(self._recorder)
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
            hear(self._recorder, kind, values)

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


def _family(pid: int) -> set[psutil.Process]:
    """A process's descendants; they stay known when their parent dies."""
    try:
        return set(psutil.Process(pid).children(recursive=True))
    except psutil.Error:
        return set()


def _end(popen: subprocess.Popen[bytes], family: set[psutil.Process]) -> None:
    """Wait a moment for a process and its descendants to end, then end them."""
    with suppress(subprocess.TimeoutExpired):
        popen.wait(KILLED_WITHIN_S if popen.poll() is None else 0)
    if popen.poll() is None:
        popen.kill()
        popen.wait()
    _, left = psutil.wait_procs(family, timeout=KILLED_WITHIN_S)
    for process in left:
        with suppress(psutil.Error):
            process.kill()
