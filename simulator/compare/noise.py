"""How much runs of the same thing differ by themselves, as `simulator noise` has measured it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from simulator.compare.facts import QUANTILES, RunFacts
from simulator.compare.subject import Subject
from simulator.record.change import ASSUMED, Noise

FILE_NAME = "noise.json"
FORMAT = 1
MOST_DEGREES = 20.0
METRICS = (*QUANTILES, "throughput")


class NoiseTable(Protocol):
    """Says how noisy a metric of a subject is."""

    def of(self, subject: Subject, metric: str) -> Noise:
        """What is known beforehand."""


class NoNoise:
    """Nothing was measured: the assumption holds for everything."""

    def of(self, subject: Subject, metric: str) -> Noise:
        """3%, with the weight of four degrees of freedom."""
        return ASSUMED


@dataclass(frozen=True)
class MeasuredNoise:
    """What runs of the same build showed.

    Attributes:
        plan: fingerprint of the load and the journeys it holds for.
        runs: the runs it comes from.
        all: metric → noise over all subjects.
        subjects: subject and metric → its own noise.
    """

    plan: str
    runs: tuple[str, ...]
    all: Mapping[str, Noise] = field(default_factory=dict)
    subjects: Mapping[tuple[Subject, str], Noise] = field(default_factory=dict)

    def of(self, subject: Subject, metric: str) -> Noise:
        """The subject's own noise, else that of the metric over all subjects, else the assumption."""
        return self.subjects.get((subject, metric)) or self.all.get(metric) or ASSUMED

    def to_plain(self) -> dict[str, Any]:
        """Dicts, lists, texts and numbers, for JSON."""
        rows = [
            {**subject._asdict(), "metric": metric, "ratio": noise.ratio, "degrees": noise.degrees}
            for (subject, metric), noise in self.subjects.items()
        ]
        whole = {metric: {"ratio": noise.ratio, "degrees": noise.degrees} for metric, noise in self.all.items()}
        return {"format": FORMAT, "plan": self.plan, "runs": list(self.runs), "all": whole, "subjects": rows}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> MeasuredNoise:
        """The table that `to_plain` wrote."""
        whole = {m: Noise(row["ratio"], row["degrees"], measured=True) for m, row in plain["all"].items()}
        rows = {
            (Subject(row["user"], row["journey"], row["step"], row["name"]), row["metric"]): Noise(
                row["ratio"], row["degrees"], measured=True
            )
            for row in plain["subjects"]
        }
        return cls(plain["plan"], tuple(plain["runs"]), whole, rows)


def noise_of(runs: Sequence[RunFacts], plan: str) -> MeasuredNoise:
    """How much these runs of one build differ, each metric shrunk towards 3%.

    Args:
        runs: at least two, of the same build under the same load.
        plan: fingerprint of that load.
    """
    subjects = sorted({subject for run in runs for subject in run.subjects})
    own, pooled = {}, {}
    for metric in METRICS:
        squares, degrees = 0.0, 0
        for subject in subjects:
            logs, within = _logs(runs, subject, metric)
            if len(logs) < 2:
                continue
            middle = sum(logs) / len(logs)
            spread = max(0.0, sum((v - middle) ** 2 for v in logs) - within * (len(logs) - 1))
            own[subject, metric] = _shrunk(spread, len(logs) - 1)
            squares, degrees = squares + spread, degrees + len(logs) - 1
        if degrees:
            pooled[metric] = _shrunk(squares, degrees)
    return MeasuredNoise(plan, tuple(run.run for run in runs), pooled, own)


def _logs(runs: Sequence[RunFacts], subject: Subject, metric: str) -> tuple[list[float], float]:
    """The logarithms of a metric, one a run, and its mean variance within runs."""
    found = [run.subjects[subject] for run in runs if subject in run.subjects]
    estimates = [facts.rate if metric == "throughput" else facts.times.get(metric) for facts in found]
    known = [estimate for estimate in estimates if estimate is not None]
    within = sum(estimate.error**2 for estimate in known) / len(known) if known else 0.0
    return [math.log(estimate.value) for estimate in known], within


def _shrunk(squares: float, degrees: int) -> Noise:
    weight = ASSUMED.degrees
    ratio = math.sqrt((weight * ASSUMED.ratio**2 + squares) / (weight + degrees))
    return Noise(ratio, min(weight + degrees, MOST_DEGREES), measured=True)
