"""How often 95% intervals of percentiles hold the truth, and those of error rates."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.statistics.models import MODELS, Truth, timeline_of
from simulator.record.interval import share_interval

SECONDS, PER_S, RUNS = 300, 50.0, 400


def figures(share: float = 1.0) -> Iterator[str]:
    rng = np.random.default_rng(2026)
    runs = max(20, round(RUNS * share))
    yield f"{SECONDS} s, {PER_S:g}/s, {runs} runs each: how often the 95% interval holds the truth (half-width)."
    yield ""
    yield "| model | p50 | p95 | p99 |"
    yield "| --- | --- | --- | --- |"
    for name, model in MODELS.items():
        truth = Truth.of(model, runs=100)
        hits, widths = np.zeros(3), np.zeros(3)
        for _ in range(runs):
            line = timeline_of(*model(rng, SECONDS, PER_S), SECONDS)
            for at, (q, true_s) in enumerate(zip((0.5, 0.95, 0.99), (truth.p50, truth.p95, truth.p99), strict=True)):
                interval = line.percentile_interval(q)
                assert interval is not None
                hits[at] += interval.low <= true_s <= interval.high
                widths[at] += (interval.high - interval.low) / 2 / interval.estimate
        cells = (f"{hit / runs:.0%} (±{width / runs:.1%})" for hit, width in zip(hits, widths, strict=True))
        yield f"| {name} | {' | '.join(cells)} |"
    yield ""
    yield "| failures | how often the 95% interval holds the true rate |"
    yield "| --- | --- |"
    for name, rate, burst in (("1%, independent", 0.01, 0.0), ("5%, in bursts of 5 s", 0.05, 0.5)):
        yield f"| {name} | {_failures(rng, rate, burst, runs):.0%} |"


def _failures(rng: np.random.Generator, rate: float, burst: float, runs: int) -> float:
    hits = 0
    for _ in range(runs):
        count = rng.poisson(PER_S, SECONDS)
        level = np.full(SECONDS, rate)
        if burst:
            level = np.repeat(rng.random(SECONDS // 5) < rate / burst, 5) * burst
        interval = share_interval(rng.binomial(count, level).tolist(), count.tolist())
        hits += interval.low <= rate <= interval.high
    return hits / runs
