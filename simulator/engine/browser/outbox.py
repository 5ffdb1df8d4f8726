"""A recorder whose samples leave for the engine's process as soon as they are made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from simulator.engine.browser.track import Look
from simulator.record.failure import Evidence
from simulator.record.recorder import Buffer, Entry, Recorder
from simulator.record.sample import Sample, SeriesKey
from simulator.record.trace import Trace

Send = Callable[[list[Any]], None]


class Outbox(Recorder):
    """What tracks and steps of the browser host write into; keeps nothing but the kinds of failures it has seen.

    Args:
        send: sends one message.
        soon: calls a function after what is going on now.
    """

    def __init__(self, send: Send, soon: Callable[[Callable[[], None]], object]) -> None:
        super().__init__()
        self._send = send
        self._soon = soon
        self._series: dict[SeriesKey, Buffer] = {}
        self._noticed: dict[int, Entry] = {}
        self._added: dict[SeriesKey, Entry] = {}

    def begin_phase(self, phase: str) -> None:
        self.phase = phase
        for key, buffer in self._series.items():
            buffer.now = self._entry(key)

    def buffer(self, key: SeriesKey) -> Buffer:
        key = key._replace(phase="")
        buffer = self._series.get(key)
        if buffer is None:
            buffer = self._series[key] = Buffer(key)
            buffer.now = self._entry(key)
        return buffer

    def add(self, sample: Sample) -> None:
        if sample.outcome == "ok" and sample.service_s is None:
            self.add_successes(sample.key, (sample.response_s,), sample.size_bytes)
            return
        self.send_waiting()
        key = list(self._in_phase(sample.key))
        self._send(["sample", key, sample.outcome, sample.response_s, sample.service_s, sample.size_bytes])

    def add_successes(self, key: SeriesKey, times_s: Sequence[float], size_bytes: int) -> None:
        self._send_soon()
        key = self._in_phase(key)
        entry = self._added.get(key)
        if entry is None:
            entry = self._added[key] = Entry(key)
        entry.times_s += times_s
        entry.size_bytes += size_bytes

    def take_back(self, key: SeriesKey, response_s: float, service_s: float | None = None) -> None:
        self.send_waiting()
        self._send(["back", list(self._in_phase(key)), response_s, service_s])

    def fail(
        self,
        key: SeriesKey,
        error_class: str,
        message: str,
        collect: Callable[[], list[Evidence]] | None = None,
        *,
        again: bool = False,
    ) -> bool:
        """As the recorder's; the evidence goes along with the message instead of being kept."""
        evidence: list[Evidence] = []

        def gather() -> list[Evidence]:
            evidence.extend(collect() if collect else ())
            return []

        key = self._in_phase(key)
        first = super().fail(key, error_class, message, gather, again=again)
        if not first and isinstance(collect, Look):
            evidence += collect.again()
        self.send_waiting()
        self._send(["fail", list(key), error_class, message, [[piece.name, piece.content] for piece in evidence]])
        return first

    def keep(self, trace: Trace) -> None:
        self.send_waiting()
        self._send(["trace", replace(trace, at_s=trace.at_s + self.started_s).to_plain()])

    def read_gauge(self, metric: str, unit: str, value: float) -> None:
        """Send a gauge of this host."""
        self._send(["reading", metric, unit, value])

    def send_waiting(self) -> None:
        """Send the successes that have not been sent yet, all in one message: most of what pages say are such."""
        waiting = [*self._noticed.values(), *self._added.values()]
        self._noticed, self._added = {}, {}
        if not waiting:
            return
        self._send(["ok", [[list(entry.key), list(entry.times_s), entry.size_bytes] for entry in waiting]])
        for entry in waiting:
            entry.times_s.clear()
            entry.size_bytes = 0

    def _entry(self, key: SeriesKey) -> Entry:
        entry = Entry(self._in_phase(key))
        entry.times_s = _Watched(partial(self._notice, entry))
        return entry

    def _notice(self, entry: Entry) -> None:
        self._send_soon()
        self._noticed[id(entry)] = entry

    def _send_soon(self) -> None:
        if not self._noticed and not self._added:
            self._soon(self.send_waiting)

    def _in_phase(self, key: SeriesKey) -> SeriesKey:
        return key if key.phase else key._replace(phase=self.phase)


class _Watched(list[float]):
    """A list that says when something was appended."""

    def __init__(self, appended: Callable[[], None]) -> None:
        super().__init__()
        self._appended = appended

    def append(self, value: float) -> None:
        super().append(value)
        self._appended()
