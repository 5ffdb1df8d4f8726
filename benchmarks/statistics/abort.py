"""How often a run is stopped early, by how good it truly is."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.statistics.models import MODELS, Truth
from simulator.record.sequential import surely_above

SECONDS, PER_S, TIMES = 600, 50.0, 100
CHOSEN = ("no correlation", "lognormal, 10 s memory", "lognormal, 50 s memory", "queue at 70% (new)")


def figures(share: float = 1.0) -> Iterator[str]:
    rng = np.random.default_rng(31)
    times = max(20, round(TIMES * share))
    ratios = (0.8, 0.9, 0.95, 1.1, 1.25, 1.5)
    yield f"{SECONDS} s at {PER_S:g}/s, limit on p95, a look every 5 s, {times} runs a cell: stopped (median)."
    yield ""
    yield f"| true p95 / limit | {' | '.join(f'{ratio:g}' for ratio in ratios)} |"
    yield f"| --- |{' --- |' * len(ratios)}"
    for name in CHOSEN:
        p95_s = Truth.of(MODELS[name], runs=100).p95
        cells = [_stopped(rng, name, p95_s / ratio, times) for ratio in ratios]
        yield f"| {name} | {' | '.join(cells)} |"


def _stopped(rng: np.random.Generator, name: str, limit_s: float, times: int) -> str:
    moments = [when for _ in range(times) if (when := _when(rng, name, limit_s)) is not None]
    shown = f"{len(moments) / times:.0%}"
    return f"{shown} ({np.median(moments):.0f} s)" if moments else shown


def _when(rng: np.random.Generator, name: str, limit_s: float) -> int | None:
    at, times_s = MODELS[name](rng, SECONDS, PER_S)
    slow = np.bincount(at[times_s >= limit_s], minlength=SECONDS).astype(float).tolist()
    counts = np.bincount(at, minlength=SECONDS).astype(float).tolist()
    looks = range(20, SECONDS + 1, 5)
    return next((end for end in looks if surely_above(slow[:end], counts[:end], 0.05)), None)
