"""Round places for the marks of an axis."""

from __future__ import annotations

import math
from collections.abc import Sequence

TIME_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)


def ticks(largest: float, most: int = 4) -> tuple[float, ...]:
    """Round values from 0 to at least `largest`; at most `most` steps of 1, 2 or 5 times a power of ten."""
    if not largest > 0 or math.isinf(largest):
        return (0.0, 1.0)
    least = largest / most
    power = 10.0 ** math.floor(math.log10(least))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= least * (1 - 1e-9))
    count = math.ceil(largest / step - 1e-9)
    return tuple(float(f"{step * at:.12g}") for at in range(count + 1))


def decades(smallest: float, largest: float) -> tuple[float, ...]:
    """Powers of ten for a logarithmic axis that has room for both values."""
    first, last = math.floor(math.log10(smallest)), math.ceil(math.log10(largest))
    return tuple(float(f"1e{at}") for at in range(first, max(last, first + 1) + 1))


def time_ticks(duration_s: float, most: int) -> tuple[float, ...]:
    """Round seconds from 0 on, at most `most` steps."""
    step_s = next((step for step in TIME_STEPS_S if duration_s / step <= most), TIME_STEPS_S[-1])
    return tuple(float(step_s * at) for at in range(int(duration_s / step_s) + 1))


def bin_width(duration_s: float, most: int) -> int:
    """Whole seconds for each of at most `most` bins, a round number of them."""
    return next((step for step in TIME_STEPS_S if duration_s / step <= most), math.ceil(duration_s / most))


def clock(at_s: float) -> str:
    """A moment of a run: `1:05`, or `1:02:05` after an hour."""
    minutes, seconds = divmod(int(at_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def spread(wanted: Sequence[float], apart: float, low: float, high: float) -> list[float]:
    """Places near the wanted ones, at least `apart` from each other where there is room between `low` and `high`."""
    order = sorted(range(len(wanted)), key=lambda at: wanted[at])
    placed, floor = [0.0] * len(wanted), low
    for at in order:
        placed[at] = max(wanted[at], floor)
        floor = placed[at] + apart
    ceiling = high
    for at in reversed(order):
        placed[at] = min(placed[at], ceiling)
        ceiling = placed[at] - apart
    return placed
