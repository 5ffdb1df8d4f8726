"""How often unchanged builds are called worse, and how often a worse one is found."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from simulator.compare.comparison import compare
from simulator.compare.facts import RunFacts, SubjectFacts
from simulator.compare.subject import Subject
from simulator.record.change import Estimate, Share, change_of_values

SUBJECTS = [Subject("U", "buy", f"step {number}") for number in range(20)]
WITHIN, TIMES = 0.01, 400


def figures(share: float = 1.0) -> Iterator[str]:
    rng = np.random.default_rng(77)
    times = max(20, round(TIMES * share))
    yield f"20 steps, p50, p95 and p99 of each, 1% error within a run, {times} comparisons a cell."
    yield ""
    yield "| runs | run noise | metrics called worse (A/A) | comparisons (A/A) | +20% p95 of one step found |"
    yield "| --- | --- | --- | --- | --- |"
    for runs in (1, 3, 5):
        for noise in (0.02, 0.05):
            metrics, comparisons = _false(rng, runs, noise, times)
            found = sum(_finds(rng, runs, noise) for _ in range(times)) / times
            yield f"| {runs} + {runs} | {noise:.0%} | {metrics:.2%} | {comparisons:.1%} | {found:.0%} |"
    yield ""
    yield "A drifting environment (5%, neighbouring runs alike by 0.8), five runs of each in alternation:"
    yield ""
    yield "| true change | interval excludes zero, unpaired | paired |"
    yield "| --- | --- | --- |"
    for rise in (1.0, 1.1):
        unpaired, paired = _drifting(rng, rise, times)
        yield f"| {rise - 1:+.0%} | {unpaired:.1%} | {paired:.1%} |"


def side(rng: np.random.Generator, runs: int, noise: float, slower: float = 1.0) -> list[RunFacts]:
    """Runs of which the first step is slower; part of the noise is the whole run's, part the step's own."""
    return [_run(rng, noise, slower) for _ in range(runs)]


def _run(rng: np.random.Generator, noise: float, slower: float) -> RunFacts:
    whole, subjects = rng.normal(0, noise * 0.6), {}
    for at, subject in enumerate(SUBJECTS):
        level = 0.1 * (slower if at == 0 else 1.0) * np.exp(whole + rng.normal(0, noise * 0.8))
        times = {m: Estimate(float(level * np.exp(rng.normal(0, WITHIN))), WITHIN) for m in ("p50", "p95", "p99")}
        subjects[subject] = SubjectFacts(1000, float(level), times, Share(0, 1000), None)
    return RunFacts("run", "build", subjects)


def _false(rng: np.random.Generator, runs: int, noise: float, times: int) -> tuple[float, float]:
    called = [len(compare(side(rng, runs, noise), side(rng, runs, noise)).called("regressed")) for _ in range(times)]
    return sum(called) / (times * 60), sum(map(bool, called)) / times


def _finds(rng: np.random.Generator, runs: int, noise: float) -> bool:
    found = compare(side(rng, runs, noise), side(rng, runs, noise, 1.2)).called("regressed")
    return any(delta.subject == SUBJECTS[0] and delta.metric == "p95" for delta in found)


def _drifting(rng: np.random.Generator, rise: float, times: int) -> tuple[float, float]:
    hits = np.zeros(2)
    for _ in range(times * 3):
        levels = np.empty(10)
        levels[0] = rng.normal(0, 0.05)
        for at in range(1, 10):
            levels[at] = 0.8 * levels[at - 1] + rng.normal(0, 0.05 * 0.6)
        values = np.exp(levels) * np.where(np.arange(10) % 2, rise, 1.0)
        base, new = ([Estimate(float(v), WITHIN) for v in values[first::2]] for first in (0, 1))
        hits += [change_of_values(base, new, paired=paired).low > 0 for paired in (False, True)]
    unpaired, paired = hits / (times * 3)
    return float(unpaired), float(paired)
