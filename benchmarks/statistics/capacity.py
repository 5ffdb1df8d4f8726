"""How close the capacity search comes to the true capacity of a simulated queue."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.statistics.queueing import QueueTarget, true_capacity
from simulator.compare.capacity import search

SEARCHES = 40


def figures(share: float = 1.0) -> Iterator[str]:
    times = max(8, round(SEARCHES * share))
    yield f"Eight servers, lognormal service of 80 ms, limit p95 < 500 ms, {times} searches a row."
    yield ""
    yield "| slow noise of the target | true capacity | median error | median size of the error | 10% … 90% | minutes |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for noise in (0.0, 0.05, 0.10):
        true = true_capacity(noise)
        errors, minutes = [], []
        for seed in range(times):
            target = QueueTarget(np.random.default_rng(1000 + seed), noise)
            errors.append((search(target.measure, drain=target.drain).load or 0.0) / true - 1)
            minutes.append(target.lasted_s / 60)
        low, middle, high = np.quantile(errors, (0.1, 0.5, 0.9))
        size = np.median(np.abs(errors))
        cells = f"{middle:+.1%} | {size:.1%} | {low:+.1%} … {high:+.1%} | {np.median(minutes):.0f}"
        yield f"| {noise:.0%} | {true:.1f}/s | {cells} |"
