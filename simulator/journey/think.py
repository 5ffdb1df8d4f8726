"""Think times between journeys, with Locust's names and Locust's meaning, without Locust.

Each returns a function of the user; a class that has it as `wait_time` calls it as a method.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from time import perf_counter
from typing import Any

ThinkTime = Callable[[Any], float]


def between(shortest_s: float, longest_s: float) -> ThinkTime:
    """Any time between two numbers of seconds, all equally likely."""
    return lambda user: shortest_s + random.random() * (longest_s - shortest_s)


def constant(time_s: float) -> ThinkTime:
    """Always the same number of seconds."""
    return lambda user: time_s


def constant_pacing(period_s: float) -> ThinkTime:
    """As long as is missing for a journey to begin every `period_s` seconds; 0 when the journey took longer."""

    def wait(user: Any) -> float:
        now_s = perf_counter()
        began_s = getattr(user, "_cp_last_run", now_s) + getattr(user, "_cp_last_wait_time", 0.0)
        missing_s = period_s - (now_s - began_s)
        if missing_s < 0 and hasattr(user, "slipped"):
            user.slipped(-missing_s)
        wait_s = max(0.0, missing_s)
        user._cp_last_run, user._cp_last_wait_time = now_s, wait_s  # Locust's own names: its users have them from birth
        return wait_s

    return wait


def constant_throughput(journeys_per_s: float) -> ThinkTime:
    """As long as is missing for a user to begin so many journeys a second.

    Raises:
        ValueError: the rate is not positive.
    """
    if journeys_per_s <= 0:
        raise ValueError(f"constant_throughput needs a positive rate, not {journeys_per_s}")
    return constant_pacing(1 / journeys_per_s)
