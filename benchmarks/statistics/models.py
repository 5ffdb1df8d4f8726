"""Response times made up by known laws, second by second, with correlation: what the statistics are measured against.

Each model is a function `(generator, seconds, per_s) -> (second of each sample, its time in seconds)`. Two of them,
`queue` and `collector`, are not among those that the methods were designed on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from simulator.compare.timeline import Timeline

Model = Callable[[np.random.Generator, int, float], tuple[np.ndarray, np.ndarray]]


def slow_factor(rng: np.random.Generator, seconds: int, sd: float, phi: float) -> np.ndarray:
    """A slowly moving factor a second: AR(1) on the log scale, stationary from the first second on."""
    shocks = rng.normal(0, sd * np.sqrt(1 - phi**2), seconds)
    values = np.empty(seconds)
    values[0] = rng.normal(0, sd)
    for at in range(1, seconds):
        values[at] = phi * values[at - 1] + shocks[at]
    return np.exp(values)


def _arrivals(rng: np.random.Generator, seconds: int, per_s: float) -> np.ndarray:
    return np.repeat(np.arange(seconds), rng.poisson(per_s, seconds))


def lognormal(sd: float = 0.1, phi: float = 0.9) -> Model:
    """Lognormal times around 100 ms, under a slow factor."""

    def draw(rng: np.random.Generator, seconds: int, per_s: float) -> tuple[np.ndarray, np.ndarray]:
        at = _arrivals(rng, seconds, per_s)
        factor = slow_factor(rng, seconds, sd, phi) if sd else np.ones(seconds)
        return at, 0.1 * np.exp(rng.normal(0, 0.5, len(at))) * factor[at]

    return draw


def bimodal(rng: np.random.Generator, seconds: int, per_s: float) -> tuple[np.ndarray, np.ndarray]:
    """Nine in ten quick (cache), one in ten four times as slow, under a slow factor."""
    at = _arrivals(rng, seconds, per_s)
    slow = rng.random(len(at)) < 0.1
    times = np.where(slow, 0.4, 0.1) * np.exp(rng.normal(0, 0.2, len(at)))
    return at, times * slow_factor(rng, seconds, 0.1, 0.9)[at]


def pareto(rng: np.random.Generator, seconds: int, per_s: float) -> tuple[np.ndarray, np.ndarray]:
    """A heavy tail of index 2, under a slow factor."""
    at = _arrivals(rng, seconds, per_s)
    return at, 0.05 * (1 + rng.pareto(2.0, len(at))) * slow_factor(rng, seconds, 0.1, 0.9)[at]


def stalls(rng: np.random.Generator, seconds: int, per_s: float) -> tuple[np.ndarray, np.ndarray]:
    """Lognormal times; about once in 200 s everything of one second waits up to 3 s."""
    at, times = lognormal(0.05, 0.9)(rng, seconds, per_s)
    return at, times + np.where((rng.random(seconds) < 0.005)[at], 3 * rng.random(len(at)), 0.0)


def queue(rng: np.random.Generator, seconds: int, per_s: float) -> tuple[np.ndarray, np.ndarray]:
    """One server at 70% load, Poisson arrivals, exponential service: waiting times that hang together by themselves."""
    count = rng.poisson(seconds * per_s)
    moments = np.sort(rng.random(count)) * seconds
    service = rng.exponential(0.7 / per_s, count)
    gaps = np.diff(moments, prepend=moments[0])
    # Lindley's recursion in closed form: the waiting time is the running sum less its running minimum.
    steps = np.concatenate(([0.0], service[:-1] - gaps[1:]))
    walk = np.cumsum(steps)
    waits = walk - np.minimum.accumulate(walk)
    return moments.astype(int), waits + service


def collector(rng: np.random.Generator, seconds: int, per_s: float) -> tuple[np.ndarray, np.ndarray]:
    """A two-state machine: most of the time quick, in stretches of about 10 s half as slow again (a collector)."""
    state, states = rng.random() < 0.2, np.empty(seconds, dtype=bool)
    for at in range(seconds):
        states[at] = state
        state = (rng.random() >= 0.1) if state else (rng.random() < 0.025)
    at = _arrivals(rng, seconds, per_s)
    return at, 0.1 * np.exp(rng.normal(0, 0.4, len(at))) * np.where(states, 1.5, 1.0)[at]


MODELS: dict[str, Model] = {
    "no correlation": lognormal(0.0),
    "lognormal, 10 s memory": lognormal(0.1, 0.9),
    "lognormal, 50 s memory": lognormal(0.1, 0.98),
    "lognormal, 20 s memory, strong": lognormal(0.2, 0.95),
    "bimodal": bimodal,
    "Pareto tail": pareto,
    "rare stalls": stalls,
    "queue at 70% (new)": queue,
    "collector stretches (new)": collector,
}


@dataclass(frozen=True)
class Truth:
    """The percentiles of a model, from a sample so large that its own error does not matter."""

    p50: float
    p95: float
    p99: float

    @classmethod
    def of(cls, model: Model, per_s: float = 50.0, runs: int = 400, seconds: int = 2000) -> Truth:
        """Of so many seconds of the model, in separate stretches."""
        rng = np.random.default_rng(987)
        times = np.concatenate([model(rng, seconds, per_s)[1] for _ in range(runs)])
        return cls(*np.quantile(times, (0.5, 0.95, 0.99)))


def timeline_of(at: np.ndarray, times_s: np.ndarray, seconds: int, failed: np.ndarray | None = None) -> Timeline:
    """The timeline that a recorder would have made of these samples."""
    bucket = np.floor(np.log2(np.maximum(times_s / 1e-6, 1.0)) * 128).astype(np.int64)
    keys, counts = np.unique(at.astype(np.int64) * 100_000 + bucket, return_counts=True)
    ok = np.bincount(at, minlength=seconds).astype(float)
    sums = np.bincount(at, weights=times_s, minlength=seconds)
    bad = np.zeros(seconds) if failed is None else failed.astype(float)
    places, buckets, empty = keys // 100_000, keys % 100_000, np.zeros(seconds)
    return Timeline(np.arange(seconds), np.ones(seconds), ok, bad, empty, sums, places, buckets, counts.astype(float))
