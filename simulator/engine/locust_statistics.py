"""Keeps Locust's own statistics true, in bulk once a second, for its web UI, CSV files and listeners."""

from __future__ import annotations

import time
from typing import Any

from simulator.journey.unpatched import RequestStats, StatsError, bucket_response_time
from simulator.record.cell import Cell
from simulator.record.histogram import Histogram, middle_of
from simulator.record.sample import SeriesKey
from simulator.record.window import Window

KEPT_S = 120
"""So many seconds of counts a second; Locust itself, which looks at the last 12, keeps those of the whole run."""


def tally(window: Window, statistics: RequestStats) -> None:
    """Add what ended in a window to Locust's statistics."""
    now_s = time.time()
    for key, cell in window.parts():
        if key.level == "operation" and (cell.ok.count or cell.failed.count):
            method, name = method_and_name(key)
            _add(statistics.entries[(name, method)], cell, now_s)
            _add(statistics.total, cell, now_s)
    for failure in window.failures.values():
        if failure.key.name:
            method, name = _split(failure.key.name, "")
            kind = StatsError.create_key(method, name, failure.key.pattern)  # messages may differ without end
            found = statistics.errors.setdefault(kind, StatsError(method, name, failure.message))
            found.occurrences += failure.count


def forget_seconds(statistics: RequestStats) -> None:
    """Leave out what Locust keeps of seconds long past, where workers' own reports are added up."""
    second = int(time.time())
    for entry in (statistics.total, *statistics.entries.values()):
        _forget(entry, second)


def _forget(entry: Any, second: int) -> None:
    for seconds in (entry.num_reqs_per_sec, entry.num_fail_per_sec):
        while seconds and (first := next(iter(seconds))) < second - KEPT_S:
            del seconds[first]


def method_and_name(key: SeriesKey) -> tuple[str, str]:
    """What Locust would call an operation: `GET /x` is `GET` and `/x`."""
    return _split(key.name, key.kind)


def _split(name: str, kind: str) -> tuple[str, str]:
    method, blank, rest = name.partition(" ")
    return (method, rest) if blank and method.isupper() else (kind.upper(), name)


def _add(entry: Any, cell: Cell, now_s: float) -> None:
    ended = Histogram()
    ended.merge(cell.ok)
    ended.merge(cell.failed)
    second = int(now_s)
    if entry.use_response_times_cache and entry.last_request_timestamp and second > int(entry.last_request_timestamp):
        entry._cache_response_times(second - 1)
    entry.num_requests += ended.count
    entry.num_failures += cell.failed.count
    entry.num_reqs_per_sec[second] += ended.count
    if cell.failed.count:
        entry.num_fail_per_sec[second] += cell.failed.count
    _forget(entry, second)
    entry.last_request_timestamp = now_s
    entry.total_content_length += cell.size_bytes
    entry.total_response_time += ended.sum_s * 1000
    _add_times(entry, ended)


def _add_times(entry: Any, ended: Histogram) -> None:
    for bucket, count in ended.counts.items():
        value_s = min(max(middle_of(bucket), ended.min_s), ended.max_s)
        entry.response_times[bucket_response_time(value_s * 1000)] += count
    if ended.count > 0:
        shortest_ms, known_ms = ended.min_s * 1000, entry.min_response_time
        entry.min_response_time = shortest_ms if known_ms is None else min(known_ms, shortest_ms)
        entry.max_response_time = max(entry.max_response_time, ended.max_s * 1000)
