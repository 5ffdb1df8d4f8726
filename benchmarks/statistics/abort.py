"""How often a run is stopped early, by how good it truly is, and how often one that would have passed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np

from benchmarks.statistics.models import MODELS, Truth
from simulator.record.interval import share_interval
from simulator.record.sequential import surely_above

SECONDS, PER_S, TIMES, ALLOWED = 600, 50.0, 200, 0.05
CHOSEN = (
    "no correlation", "lognormal, 10 s memory", "lognormal, 50 s memory", "lognormal, 20 s memory, strong",
    "queue at 70% (new)", "collector stretches (new)",
)  # fmt: skip
GOOD, BAD = (0.8, 0.9, 0.95), (1.1, 1.25, 1.5)


def figures(share: float = 1.0) -> Iterator[str]:
    rng = np.random.default_rng(31)
    times = max(20, round(TIMES * share))
    yield f"{SECONDS} s at {PER_S:g}/s, limit on p95, a look every 5 s, {times} runs a cell."
    yield ""
    yield "Stopped, among those whose own p95 over the whole time keeps the limit (all cells of a row together):"
    yield ""
    yield f"| true p95 / limit | {', '.join(f'{ratio:g}' for ratio in GOOD)} |"
    yield "| --- | --- |"
    stopped, passing = 0, 0
    for name in CHOSEN:
        runs = [_run(rng, name, ratio) for ratio in GOOD for _ in range(times)]
        good = [when for when, passes in runs if passes]
        stopped, passing = stopped + sum(when is not None for when in good), passing + len(good)
        yield f"| {name} | {sum(when is not None for when in good)} of {len(good)} |"
    yield f"| all | {stopped} of {passing}, {stopped / passing:.2%} |"
    yield ""
    yield "Stopped (median), of those that are truly bad:"
    yield ""
    yield f"| true p95 / limit | {' | '.join(f'{ratio:g}' for ratio in BAD)} |"
    yield f"| --- |{' --- |' * len(BAD)}"
    for name in CHOSEN:
        yield f"| {name} | {' | '.join(_stopped(rng, name, ratio, times) for ratio in BAD)} |"


def _stopped(rng: np.random.Generator, name: str, ratio: float, times: int) -> str:
    moments = [when for _ in range(times) if (when := _run(rng, name, ratio)[0]) is not None]
    shown = f"{len(moments) / times:.0%}"
    return f"{shown} ({np.median(moments):.0f} s)" if moments else shown


def _run(rng: np.random.Generator, name: str, ratio: float) -> tuple[int | None, bool]:
    """When a run was stopped, and whether it would have passed."""
    limit_s = _p95_s(name) / ratio
    at, times_s = MODELS[name](rng, SECONDS, PER_S)
    slow = np.bincount(at[times_s >= limit_s], minlength=SECONDS).astype(float).tolist()
    counts = np.bincount(at, minlength=SECONDS).astype(float).tolist()
    looks = range(20, SECONDS + 1, 5)
    when = next((end for end in looks if _broken(slow[:end], counts[:end])), None)
    return when, sum(slow) <= ALLOWED * sum(counts)


def _broken(slow: list[float], counts: list[float]) -> bool:
    """As the judge decides it: above the limit for sure at this look, and for all looks together."""
    return surely_above(slow, counts, ALLOWED) and share_interval(slow, counts, confidence=0.999).low > ALLOWED


@cache
def _p95_s(name: str) -> float:
    return Truth.of(MODELS[name], runs=100).p95
