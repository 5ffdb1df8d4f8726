"""How often a flat history raises an alarm, and how often a step in it is found."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from simulator.compare.change_point import Detector, change_points

BUILDS, AT, TIMES, NOISE = 100, 60, 200, 0.04


def figures(share: float = 1.0) -> Iterator[str]:
    rng = np.random.default_rng(5)
    times = max(20, round(TIMES * share))
    yield f"{BUILDS} builds, 4% from run to run, {times} histories a cell; a step at build {AT}, found within 3 builds."
    yield ""
    yield "| noise | flat: any alarm | flat, asked after every build | +10% found | +20% found |"
    yield "| --- | --- | --- | --- | --- |"
    for kind in ("independent", "7% outliers", "neighbours alike (0.5)"):
        flat = sum(bool(change_points(f"{kind} {n}", values(rng, kind))) for n in range(times)) / times
        often = sum(_ever(f"{kind} {n}", values(rng, kind)) for n in range(times // 4)) / (times // 4)
        found = [sum(_finds(rng, kind, rise, n) for n in range(times)) / times for rise in (1.1, 1.2)]
        yield f"| {kind} | {flat:.1%} | {often:.1%} | {found[0]:.0%} | {found[1]:.0%} |"


def values(rng: np.random.Generator, kind: str, rise: float = 1.0) -> np.ndarray:
    """A history with this kind of noise, and a step."""
    logs = rng.normal(0, NOISE, BUILDS)
    if kind == "7% outliers":
        logs += (rng.random(BUILDS) < 0.07) * rng.uniform(0.2, 0.6, BUILDS)
    elif kind != "independent":
        for at in range(1, BUILDS):
            logs[at] = 0.5 * logs[at - 1] + rng.normal(0, NOISE * np.sqrt(0.75))
    logs[AT:] += np.log(rise)
    return 0.3 * np.exp(logs)


def _finds(rng: np.random.Generator, kind: str, rise: float, number: int) -> bool:
    return any(abs(point.at - AT) <= 3 for point in change_points(f"{kind} {number}", values(rng, kind, rise)))


def _ever(name: str, history: np.ndarray) -> bool:
    """Whether any build would have raised an alarm, looking at the last 60 each time."""
    return any(change_points(name, history[:end], Detector(window=60)) for end in range(6, BUILDS + 1))
