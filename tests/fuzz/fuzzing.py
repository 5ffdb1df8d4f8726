"""Runs cases of a target: an error of our own is a good answer, anything else a finding, and a hang one, too."""

import signal
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from simulator.errors import SimulatorError
from tests.fuzz.targets import targets

HANGS_AFTER_S = 20
CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much, HealthCheck.large_base_example]


class Hang(Exception):
    """A case took so long that its reader must hang."""


def fuzz(name: str, cases: int) -> dict[str, int]:
    """Try so many cases; returns how many were tried, and how many refused.

    Raises:
        Exception: whatever a reader raised that is not ours; Hypothesis tells the smallest such case.
    """
    test, counts = prepared(name, cases)
    earlier = signal.signal(signal.SIGALRM, _hang)
    try:
        test()
    finally:
        signal.signal(signal.SIGALRM, earlier)
    return counts


def prepared(name: str, cases: int) -> tuple[Any, dict[str, int]]:
    """A test of so many cases, and its counts, which go up while it runs."""
    target, counts = targets()[name], {"tried": 0, "refused": 0}

    def attempt(case: Any) -> None:
        counts["tried"] += 1
        signal.setitimer(signal.ITIMER_REAL, HANGS_AFTER_S)
        try:
            target.attempt(case)
        except SimulatorError:
            counts["refused"] += 1
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    phases = (Phase.explicit, Phase.generate, Phase.shrink)
    chosen = settings(
        max_examples=cases, deadline=None, database=None, phases=phases, suppress_health_check=CHECKS, derandomize=False
    )
    return seed(11)(chosen(given(target.cases)(attempt))), counts


def _hang(number: int, frame: Any) -> None:
    raise Hang(f"more than {HANGS_AFTER_S} s for one case")
