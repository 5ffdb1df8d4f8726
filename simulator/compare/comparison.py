"""Builds compared: every journey, step and operation of the base with that of the new one, run against run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Literal, NamedTuple

from simulator.compare.facts import QUANTILES, RunFacts, SubjectFacts
from simulator.compare.noise import NoiseTable, NoNoise
from simulator.compare.subject import Subject
from simulator.record.change import (
    PAIRS_TO_PAIR,
    Change,
    Estimate,
    Judgement,
    change_of_shares,
    change_of_values,
    discoveries,
    judgement,
)

Metric = Literal["p50", "p95", "p99", "error_rate", "throughput"]
METRICS: tuple[Metric, ...] = ("p50", "p95", "p99", "error_rate", "throughput")
UNITS: dict[Metric, str] = {"p50": "s", "p95": "s", "p99": "s", "error_rate": "share", "throughput": "per_s"}


@dataclass(frozen=True)
class Allowed:
    """How much worse the new build may be.

    Attributes:
        slower: how much response times may rise, as a share.
        more_errors: how many points an error rate may rise, as a share (0.005 is half a percentage point).
        less_throughput: how much throughput may fall at a fixed arrival rate, as a share.
    """

    slower: float = 0.10
    more_errors: float = 0.005
    less_throughput: float = 0.05

    def of(self, metric: Metric) -> float:
        """What is allowed of a metric, turned so that rising is worse."""
        if metric == "error_rate":
            return self.more_errors
        return self.less_throughput if metric == "throughput" else self.slower


class Gate(NamedTuple):
    """A metric that the user named: a family of its own, so that it is not lost among many others.

    Attributes:
        pattern: a shell wildcard for the subject's journey, step or operation.
        metric: what of it.
    """

    pattern: str
    metric: str

    def fits(self, subject: Subject, metric: Metric) -> bool:
        """Whether it stands for this metric of this subject."""
        own = (subject.name or subject.step or subject.journey, subject.title)
        return self.metric in (metric, "*") and any(fnmatchcase(name, self.pattern) for name in own)


@dataclass(frozen=True)
class Delta:
    """One metric of one subject on both sides.

    Attributes:
        subject: what was measured.
        metric: what of it.
        unit: of the change's values, a key of `units.SHOW`.
        change: turned so that rising is worse; `None` when a side says too little.
        allowed: how much worse it may become.
        judgement: what the change is called; `None` without one.
        family: which others it was judged among: `gate`, `experience` (journeys and steps) or `operation`.
        missing: why there is no change, or empty text.
    """

    subject: Subject
    metric: Metric
    unit: str
    change: Change | None
    allowed: float
    judgement: Judgement | None
    family: str
    missing: str = ""

    @property
    def is_judged(self) -> bool:
        """Whether both sides said enough."""
        return self.change is not None


@dataclass(frozen=True)
class Comparison:
    """Two sides, and how they differ.

    Attributes:
        base: the older side's runs, in order of time.
        new: the newer side's runs.
        deltas: every metric of every subject, in order.
        paired: whether neighbouring runs were compared pair by pair.
        warnings: what makes the sides less alike than they should be.
    """

    base: tuple[RunFacts, ...]
    new: tuple[RunFacts, ...]
    deltas: tuple[Delta, ...]
    paired: bool = False
    warnings: tuple[str, ...] = ()

    def called(self, name: Judgement) -> list[Delta]:
        """The deltas with this judgement."""
        return [delta for delta in self.deltas if delta.judgement == name]

    @property
    def is_first(self) -> bool:
        """Whether run-to-run noise is only assumed."""
        return any(d.change is not None and d.change.scale == "ratio" and not d.change.known for d in self.deltas)


def compare(
    base: Sequence[RunFacts],
    new: Sequence[RunFacts],
    *,
    allowed: Allowed | None = None,
    noise: NoiseTable | None = None,
    gates: Sequence[Gate] = (),
    fixed_rate: bool = False,
    paired: bool = False,
    warnings: Iterable[str] = (),
) -> Comparison:
    """How the new runs differ from the base.

    Args:
        base: at least one run, in order of time.
        new: likewise.
        allowed: how much worse it may become.
        noise: what `simulator noise` measured; 3% is assumed without it.
        gates: metrics that form a family of their own.
        fixed_rate: the load was a rate of arrivals, so that less throughput in all is the target's doing and judged.
        paired: run `n` of one side was measured next to run `n` of the other.
        warnings: kept for the reader.
    """
    limits, table = allowed or Allowed(), noise or NoNoise()
    found = []
    for subject in sorted({s for run in (*base, *new) for s in run.subjects}):
        for metric in METRICS:
            if _is_compared(subject, metric, fixed_rate=fixed_rate):
                delta = _delta(subject, metric, _of(subject, base), _of(subject, new), limits, table, paired)
                found.append(replace(delta, family=_family(subject, metric, gates)))
    pairs = paired and min(len(base), len(new)) >= PAIRS_TO_PAIR
    return Comparison(tuple(base), tuple(new), tuple(_judged(found)), pairs, tuple(warnings))


def _is_compared(subject: Subject, metric: Metric, *, fixed_rate: bool) -> bool:
    """Response times of the whole run mix journeys; throughput is what a rate of arrivals was to deliver in all."""
    if subject.level == "run":
        return metric == "error_rate" or (metric == "throughput" and fixed_rate)
    return metric != "throughput"


def _of(subject: Subject, runs: Sequence[RunFacts]) -> list[SubjectFacts]:
    return [run.subjects[subject] for run in runs if subject in run.subjects]


def _family(subject: Subject, metric: Metric, gates: Sequence[Gate]) -> str:
    if any(gate.fits(subject, metric) for gate in gates):
        return "gate"
    return "operation" if subject.level == "operation" else "experience"


def _delta(
    subject: Subject,
    metric: Metric,
    base: list[SubjectFacts],
    new: list[SubjectFacts],
    limits: Allowed,
    noise: NoiseTable,
    paired: bool,
) -> Delta:
    made = Delta(subject, metric, UNITS[metric], None, limits.of(metric), None, "")
    if not base or not new:
        return replace(made, missing="only in the base" if base else "only in the new runs")
    change = _change(subject, metric, base, new, noise, paired)
    if change is None:
        return replace(made, missing="too few samples")
    return replace(made, change=change)


def _change(
    subject: Subject,
    metric: Metric,
    base: list[SubjectFacts],
    new: list[SubjectFacts],
    noise: NoiseTable,
    paired: bool,
) -> Change | None:
    if metric == "error_rate":
        shares = [[facts.failures for facts in side if facts.failures.count] for side in (base, new)]
        return change_of_shares(*shares) if all(shares) else None
    older, newer = ([_estimate(facts, metric) for facts in side] for side in (base, new))
    complete = None not in older and None not in newer
    kept = [[estimate for estimate in side if estimate is not None] for side in (older, newer)]
    if not all(kept):
        return None
    change = change_of_values(*kept, noise=noise.of(subject, metric), paired=paired and complete)
    return change.turned() if metric == "throughput" else change


def _estimate(facts: SubjectFacts, metric: Metric) -> Estimate | None:
    return facts.times.get(metric) if metric in QUANTILES else facts.rate


def _judged(deltas: Sequence[Delta]) -> Iterator[Delta]:
    proven: dict[int, bool] = {}
    for family in {delta.family for delta in deltas}:
        members = [at for at, delta in enumerate(deltas) if delta.family == family and _could_change(delta)]
        chances = [change.chance for at in members if (change := deltas[at].change) is not None]
        proven.update(zip(members, discoveries(chances), strict=True))
    for at, delta in enumerate(deltas):
        if delta.change is None:
            yield delta
        else:
            called = judgement(delta.change, delta.allowed, proven=proven.get(at, False))
            yield replace(delta, judgement=called if _could_change(delta) else "unchanged")


def _could_change(delta: Delta) -> bool:
    """Whether it belongs to its family: error rates that are zero on both sides are nothing to be found among."""
    change = delta.change
    return change is not None and (change.scale == "ratio" or change.base > 0 or change.new > 0)
