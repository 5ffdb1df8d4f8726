"""What one run says about each of its subjects: estimates with their errors, ready to be compared with other runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from simulator.compare.subject import Subject
from simulator.record.change import Estimate, Share

QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
FEWEST = {"p50": 4, "p95": 73, "p99": 381}
"""So many samples before a percentile can be told at all (its interval ends inside the data)."""


@dataclass(frozen=True)
class SubjectFacts:
    """What one run says about one subject, over its measured phases.

    Attributes:
        count: what ended, and arrivals that were dropped.
        mean_s: mean response time of the successes; `None` when nothing succeeded.
        times: percentile (`p50`, `p95`, `p99`) → its estimate; those with too few samples are missing.
        failures: the share of failures.
        rate: what ended per second; `None` when the run is too short to tell.
        phase_p95_s: measured phase → p95 in it.
        intervals: `p50_s`, `p95_s`, `p99_s`, `error_rate` and `rate_per_s` → the ends of their 95% interval; what there
            are too few samples for is missing.
    """

    count: int
    mean_s: float | None
    times: Mapping[str, Estimate]
    failures: Share
    rate: Estimate | None
    phase_p95_s: Mapping[str, float] = field(default_factory=dict)
    intervals: Mapping[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class RunFacts:
    """What one run says.

    Attributes:
        run: the run's name.
        build: the build that was rehearsed.
        subjects: what it says about each subject, in order.
        errors: failure kinds of each subject (class and message pattern) → how often, over the measured phases.
        readings: source and metric of each gauge → its mean over the measured phases.
        operations: of all operations together, what `SubjectFacts.intervals` are of one.
    """

    run: str
    build: str
    subjects: Mapping[Subject, SubjectFacts]
    errors: Mapping[Subject, Mapping[str, int]] = field(default_factory=dict)
    readings: Mapping[tuple[str, str], float] = field(default_factory=dict)
    operations: Mapping[str, tuple[float, float]] = field(default_factory=dict)
