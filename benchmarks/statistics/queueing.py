"""A simulated target with a known capacity: eight servers, lognormal service, and a speed that moves slowly."""

from __future__ import annotations

import heapq

import numpy as np

from simulator.compare.capacity import Step
from simulator.record.interval import share_interval

SERVERS = 8
SERVICE_S = 0.08
LIMIT_S = 0.5
SETTLE_S = 8.0


class QueueTarget:
    """Serves arrivals first come, first served; its backlog lives on from step to step.

    Args:
        rng: of arrivals, service times and noise.
        noise: standard deviation of its slowly moving speed (10 s memory).
    """

    def __init__(self, rng: np.random.Generator, noise: float) -> None:
        self._rng = rng
        self._noise = noise
        self._now_s = 0.0
        self._free_s = [0.0] * SERVERS
        self._factor = 0.0
        self.lasted_s = 0.0

    def serve(self, per_s: float, duration_s: float) -> tuple[np.ndarray, np.ndarray]:
        """Even arrivals at a rate; returns the second of each arrival in the step, and its response time in seconds."""
        count = max(1, int(per_s * duration_s))
        arrive = self._now_s + np.arange(count) / per_s
        speeds = self._speeds(int(duration_s) + 1)
        work = SERVICE_S * np.exp(self._rng.normal(-0.125, 0.5, count)) * speeds[(arrive - self._now_s).astype(int)]
        times = np.empty(count)
        heap = self._free_s
        heapq.heapify(heap)
        for at in range(count):
            begin = max(arrive[at], heap[0])
            heapq.heapreplace(heap, begin + work[at])
            times[at] = begin + work[at] - arrive[at]
        seconds = (arrive - self._now_s).astype(int)
        self._now_s += duration_s
        self.lasted_s += duration_s
        return seconds, times

    def drain(self) -> None:
        """Wait, with a few probes, until nothing is queued."""
        while max(self._free_s) > self._now_s + 0.5:
            self.serve(5.0, 2.0)

    def measure(self, load: float, duration_s: float) -> Step:
        """Settle, then measure and judge: at most 5% may take 500 ms or longer, and the backlog must not grow."""
        self.serve(load, SETTLE_S)
        seconds, times = self.serve(load, duration_s)
        size = int(duration_s) + 1
        slow = np.bincount(seconds, weights=times >= LIMIT_S, minlength=size).tolist()
        share = share_interval(slow, np.bincount(seconds, minlength=size).astype(float).tolist())
        verdict = "leans to hold" if share.estimate < 0.05 else "leans to break"
        if share.high < 0.05:
            verdict = "holds"
        elif share.low > 0.05:
            verdict = "breaks"
        return Step(load, verdict, duration_s, len(times) / duration_s, float(np.quantile(times, 0.95)))  # type: ignore[arg-type]

    def _speeds(self, seconds: int) -> np.ndarray:
        if not self._noise:
            return np.ones(seconds)
        found = np.empty(seconds)
        for at in range(seconds):
            self._factor = 0.9 * self._factor + self._rng.normal(0, self._noise * np.sqrt(1 - 0.81))
            found[at] = np.exp(self._factor)
        return found


def true_capacity(noise: float, seconds: float = 4000.0) -> float:
    """The rate at which 95% are quicker than the limit in the long run."""
    low, high = 50.0, 110.0
    while high / low > 1.003:
        middle = (low + high) / 2
        slow = [
            (QueueTarget(np.random.default_rng(seed), noise).serve(middle, seconds)[1] >= LIMIT_S).mean()
            for seed in range(3)
        ]
        low, high = (middle, high) if np.mean(slow) < 0.05 else (low, middle)
    return low
