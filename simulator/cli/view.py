"""Where a run is shown while it goes on: a live screen, plain lines, or nothing."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

from simulator.engine.ending import Progress
from simulator.record.manifest import Manifest
from simulator.record.measurements import Measurements
from simulator.report.run import Run
from simulator.safe_text import clean
from simulator.threshold.ruling import Ruling

if TYPE_CHECKING:
    from rich.live import Live

LINE_EVERY_S = 5.0


class View(Protocol):
    """Shows a run."""

    def __enter__(self) -> object: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def note(self, text: str) -> None:
        """Something happened to the run itself."""

    def begin(self, manifest: Manifest) -> None:
        """The load begins."""

    def second(self, progress: Progress, measurements: Measurements, rulings: Sequence[Ruling]) -> None:
        """A second has passed."""

    def last_screen(self, run: Run) -> None:
        """The run has been judged."""


class QuietView:
    """Shows nothing but the last screen."""

    def __enter__(self) -> QuietView:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return

    def note(self, text: str) -> None:
        """Nothing is shown."""

    def begin(self, manifest: Manifest) -> None:
        """Nothing is shown."""

    def second(self, progress: Progress, measurements: Measurements, rulings: Sequence[Ruling]) -> None:
        """Nothing is shown."""

    def last_screen(self, run: Run) -> None:
        """Verdict, why, and what to open."""
        from simulator.report.render import render

        print(render(run, "text"))


class PlainView(QuietView):
    """Lines, for logs and for terminals that cannot do more."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._shown_at_s = -LINE_EVERY_S
        self._manifest: Manifest | None = None

    def note(self, text: str) -> None:
        """One line."""
        print(f"| {clean(text)}", flush=True)

    def begin(self, manifest: Manifest) -> None:
        """What begins."""
        self._manifest = manifest
        for phase in manifest.phases:
            lasts = f"{phase.duration_s:g} s" if phase.duration_s else "until stopped"
            self.note(f"phase {phase.name}: {phase.load}, {lasts}{'' if phase.measured else ', not measured'}")

    def second(self, progress: Progress, measurements: Measurements, rulings: Sequence[Ruling]) -> None:
        """A line every few seconds."""
        from simulator.report.live import live_line

        now_s = self._clock()
        if self._manifest is not None and now_s - self._shown_at_s >= LINE_EVERY_S:
            self._shown_at_s = now_s
            print(live_line(self._manifest, measurements, progress.elapsed_s, progress.users, rulings), flush=True)


class LiveView(QuietView):
    """A screen that changes every second."""

    def __init__(self) -> None:
        self._live: Live | None = None
        self._manifest: Manifest | None = None
        self._notes: list[str] = []

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def note(self, text: str) -> None:
        """Kept for the screen; printed while there is none yet."""
        self._notes.append(clean(text))
        if self._live is None:
            print(clean(text), flush=True)

    def begin(self, manifest: Manifest) -> None:
        """The screen appears."""
        from rich.console import Console
        from rich.live import Live

        self._manifest = manifest
        self._live = Live(console=Console(), auto_refresh=False, transient=True, redirect_stdout=False)
        self._live.start()

    def second(self, progress: Progress, measurements: Measurements, rulings: Sequence[Ruling]) -> None:
        """The screen changes."""
        from simulator.report.live import live_screen

        if self._live is None or self._manifest is None:
            return
        size = self._live.console.size
        screen = live_screen(
            self._manifest, measurements, progress.elapsed_s, progress.users, rulings, self._notes[-3:],
            size.width, size.height,
        )  # fmt: skip
        self._live.update(screen, refresh=True)


def view_for(*, quiet: bool) -> View:
    """The view that fits where the output goes."""
    if quiet:
        return QuietView()
    if sys.stdout.isatty() and not os.environ.get("CI") and os.environ.get("TERM") != "dumb":
        return LiveView()
    return PlainView()
