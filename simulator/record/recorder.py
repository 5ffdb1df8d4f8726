"""Where clients write down what they measured: cheap while it happens, folded into a window once a second.

The hot path is one list append::

    now = buffer.now                 # before the operation: remembers the phase in which it begins
    ...                              # the operation itself
    now.times_s.append(elapsed_s)    # after it, when it went well
    now.size_bytes += size

Everything that is not "it went well and began when it was meant to" goes through `Recorder.add`.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Sequence

from simulator.record.cell import Cell
from simulator.record.failure import LONGEST_MESSAGE, Evidence, Failure, FailureKey, pattern_of, storable
from simulator.record.sample import Reading, Sample, SeriesKey
from simulator.record.trace import Keeper, Trace
from simulator.record.window import Window

OTHER = "(other)"
MOST_SERIES = 500
MOST_FAILURE_KINDS = 100


class Entry:
    """Successes of one series in one phase since the last fold.

    Attributes:
        key: the series, phase included.
        times_s: response times in seconds, in order of their ends.
        size_bytes: bytes received.
    """

    __slots__ = ("key", "size_bytes", "times_s")

    def __init__(self, key: SeriesKey) -> None:
        self.key = key
        self.times_s: list[float] = []
        self.size_bytes = 0


class Buffer:
    """The successes of one series.

    Attributes:
        now: the entry of the present phase; take it when the operation begins.
    """

    __slots__ = ("now",)

    def __init__(self, key: SeriesKey) -> None:
        self.now = Entry(key)


class Recorder:
    """Collects samples of one process and hands them out as windows.

    Args:
        limits_s: response times that thresholds ask about; values at or above them are counted exactly.
        clock: seconds, monotonic; the same clock for all processes of the machine.
        most_series: beyond this many series further names fold into `(other)`.

    Attributes:
        patience_s: an operation that is cut off at the run's end after more than this may have failed.
    """

    def __init__(
        self,
        limits_s: Sequence[float] = (),
        *,
        clock: Callable[[], float] = time.monotonic,
        most_series: int = MOST_SERIES,
    ) -> None:
        self.limits_s = tuple(limits_s)
        self.clock = clock
        self.started_s = clock()
        self.phase = ""
        self.folded_names: list[str] = []
        self.patience_s = math.inf
        self._longest_s: dict[SeriesKey, float] = {}
        self._most_series = most_series
        self._buffers: dict[SeriesKey, Buffer] = {}
        self._earlier: list[Entry] = []
        self._pending = Window(0)
        self._kinds: set[FailureKey] = set()
        self._keeper = Keeper()
        self.lot = random.Random().random  # of its own: authors seed the common one and count on its numbers

    def begin(self, started_s: float, phase: str) -> None:
        """The run begins at this moment of the clock, in this phase."""
        self.started_s = started_s
        self.begin_phase(phase)

    def begin_phase(self, phase: str) -> None:
        """From now on what begins belongs to this phase; what is under way still counts into the phase it began in."""
        self.phase = phase
        for buffer in self._buffers.values():
            self._earlier.append(buffer.now)
            buffer.now = Entry(buffer.now.key._replace(phase=phase))

    def at_s(self) -> float:
        """Seconds since the run began."""
        return self.clock() - self.started_s

    def buffer(self, key: SeriesKey) -> Buffer:
        """The buffer of a series, whatever phase its key names; keep it, it lives as long as the recorder."""
        key = self._bounded(key._replace(phase=""))
        buffer = self._buffers.get(key)
        if buffer is None:
            buffer = self._buffers[key] = Buffer(key._replace(phase=self.phase))
        return buffer

    def add(self, sample: Sample) -> None:
        """Record one sample of any outcome; an empty phase in its key means the present one."""
        cell = self._pending.cell(self._placed(sample.key))
        cell.size_bytes += sample.size_bytes
        if sample.outcome == "dropped":
            cell.dropped += 1
        elif sample.outcome == "cut off":
            self._cut_off(sample, cell)
        elif sample.outcome == "error":
            cell.failed.add(sample.response_s)
        elif sample.service_s is None:
            cell.add_ok((sample.response_s,), self.limits_s)
        else:
            cell.add_late(sample.response_s, sample.service_s, self.limits_s)

    def add_successes(self, key: SeriesKey, times_s: Sequence[float], size_bytes: int) -> None:
        """Record successes of one series that began when they were meant to, and the bytes of all of them."""
        cell = self._pending.cell(self._placed(key))
        cell.size_bytes += size_bytes
        cell.add_ok(times_s, self.limits_s)

    def count(self, key: SeriesKey, cell: Cell) -> None:
        """Add what was counted elsewhere of a series; an empty phase in its key means the present one."""
        self._pending.cell(self._placed(key)).merge(cell)

    def take_back(self, key: SeriesKey, response_s: float, service_s: float | None = None) -> None:
        """A success already recorded turns out to be a failure."""
        self._pending.cell(self._placed(key)).take_back(response_s, service_s, self.limits_s)

    def fail(
        self,
        key: SeriesKey,
        error_class: str,
        message: str,
        collect: Callable[[], list[Evidence]] | None = None,
        *,
        again: bool = False,
    ) -> bool:
        """Count a failure under its kind.

        Args:
            key: the series it happened in.
            error_class: a short word, see `FailureKey`.
            message: what a reader needs to know; foreign text is welcome, it is never interpreted.
            collect: called only for the first failure of a kind; returns its evidence.
            again: call it whether or not this is the first.

        Returns:
            Whether this was the first of its kind here.
        """
        key = self._placed(key)
        message = storable(message[:LONGEST_MESSAGE])
        kind = FailureKey(key.user, key.journey, key.step, key.name, error_class, pattern_of(message), key.phase)
        if kind not in self._kinds and len(self._kinds) >= MOST_FAILURE_KINDS:
            kind = kind._replace(pattern=OTHER)
        first = kind not in self._kinds
        self._kinds.add(kind)
        at_s = self.at_s()
        evidence = collect() if collect is not None and (first or again) else []
        self._pending.fail(Failure(kind, message, 1, at_s, at_s, evidence))
        return first

    def read(self, reading: Reading) -> None:
        """Keep a gauge's value."""
        self._pending.readings.append(reading)

    def keep(self, trace: Trace) -> None:
        """A traced journey has ended; few are kept."""
        if self._keeper.offer(trace.without_spans())[0]:
            self._pending.traces.append(trace)

    def fold(self, second: int) -> Window:
        """Everything since the last fold, as the window of this second."""
        window, self._pending = self._pending, Window(0)
        window.second = second
        for entry in self._earlier:
            self._fold_entry(entry, window)
        for buffer in self._buffers.values():
            self._fold_entry(buffer.now, window)
        for key, cell in window.cells.items():
            if cell.ok.max_s > self._longest_s.get(key, 0.0):
                self._longest_s[key] = cell.ok.max_s
        return window

    def _cut_off(self, sample: Sample, cell: Cell) -> None:
        """An operation without an answer for longer than any that succeeded, and than patience lasts, has failed."""
        cell.cut_off += 1
        key = self._placed(sample.key)
        if sample.key.level != "operation" or sample.response_s < self.patience_s:
            return
        if sample.response_s > self._longest_s.get(key, 0.0):
            cell.unanswered += 1
            self.fail(key, "unanswered", "still without an answer when the run ended")

    def _fold_entry(self, entry: Entry, window: Window) -> None:
        if not entry.times_s:
            return
        times_s, size_bytes = entry.times_s.copy(), entry.size_bytes
        entry.times_s.clear()
        entry.size_bytes = 0
        cell = window.cell(entry.key)
        cell.add_ok(times_s, self.limits_s)
        cell.size_bytes += size_bytes

    def _placed(self, key: SeriesKey) -> SeriesKey:
        placed = self._bounded(key._replace(phase=""))
        if placed not in self._buffers:
            self._buffers[placed] = Buffer(placed._replace(phase=self.phase))
        return placed._replace(phase=key.phase or self.phase)

    def _bounded(self, key: SeriesKey) -> SeriesKey:
        """The key itself, or its `(other)` when there are too many series already."""
        if key in self._buffers:
            return key
        key = SeriesKey(*map(storable, key))  # type: ignore[arg-type]
        if key in self._buffers or len(self._buffers) < self._most_series:
            return key
        if len(self.folded_names) < 5:
            self.folded_names.append(key.name or key.step)
        return key._replace(name=OTHER if key.name else "", step=OTHER if key.step else "")


__all__ = ["Buffer", "Cell", "Entry", "Recorder"]
