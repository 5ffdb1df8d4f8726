"""What explains a change: what inside it carries it, in which phase, which failures are new, which gauges moved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from simulator.compare.comparison import Comparison, Delta
from simulator.compare.facts import RunFacts
from simulator.compare.subject import Subject
from simulator.record.source import NO_SERVICES

CARRIES = 0.2
STANDS_OUT = 0.1
MOVED = 0.25
GREW = 3.0
MOST_PARTS = 3
LEAST_CPU = 0.05


@dataclass(frozen=True)
class Carrier:
    """A part that carries a change.

    Attributes:
        part: a step inside the journey, or an operation inside the step.
        extra_s: how much more time it takes in each execution of the whole.
        share: of the whole's extra time.
    """

    part: Subject
    extra_s: float
    share: float


@dataclass(frozen=True)
class PhaseRise:
    """A phase in which p95 rose more than in the others, as a share of the base."""

    phase: str
    rise: float
    others: float


@dataclass(frozen=True)
class ErrorGrowth:
    """A kind of failure that is new or grew; counts are means a run."""

    kind: str
    before: float
    after: float


@dataclass(frozen=True)
class Move:
    """A gauge whose mean moved."""

    source: str
    metric: str
    before: float
    after: float


@dataclass(frozen=True)
class Explanation:
    """What goes with a change.

    Attributes:
        subject: what changed.
        carriers: what inside it carries the change, the largest first.
        phases: phases that stand out.
        errors: failures that are new or grew.
        moves: gauges that moved.
    """

    subject: Subject
    carriers: tuple[Carrier, ...] = ()
    phases: tuple[PhaseRise, ...] = ()
    errors: tuple[ErrorGrowth, ...] = ()
    moves: tuple[Move, ...] = ()

    @property
    def says_something(self) -> bool:
        """Whether anything stands out."""
        return bool(self.carriers or self.phases or self.errors or self.moves)


def explanations(comparison: Comparison, deltas: Iterable[Delta] | None = None) -> list[Explanation]:
    """What goes with each regression (or with the given deltas), one explanation for each subject."""
    found = comparison.called("regressed") if deltas is None else deltas
    subjects = dict.fromkeys(delta.subject for delta in found)
    made = [explain(subject, comparison.base, comparison.new) for subject in subjects]
    return [found for found in made if found.says_something]


def explain(subject: Subject, base: Sequence[RunFacts], new: Sequence[RunFacts]) -> Explanation:
    """What goes with a subject's change."""
    return Explanation(
        subject,
        tuple(carriers(subject, base, new)),
        tuple(_phases(subject, base, new)),
        tuple(_errors(subject, base, new)),
        tuple(moves(base, new)),
    )


def carriers(subject: Subject, base: Sequence[RunFacts], new: Sequence[RunFacts]) -> list[Carrier]:
    """The parts of a subject that carry its change of mean time, as far as they carry a fifth of it or more."""
    parts = sorted({part for run in (*base, *new) for part in run.subjects if subject.holds(part)})
    before, after = _mean_s(subject, base), _mean_s(subject, new)
    if not parts or before is None or after is None or after == before:
        return []
    extras = {part: _time_in(part, subject, new) - _time_in(part, subject, base) for part in parts}
    shares = {part: extra_s / (after - before) for part, extra_s in extras.items()}
    large = sorted((part for part in parts if shares[part] >= CARRIES), key=lambda part: -shares[part])
    return [Carrier(part, extras[part], min(1.0, shares[part])) for part in large[:MOST_PARTS]]


def moves(base: Sequence[RunFacts], new: Sequence[RunFacts]) -> Iterator[Move]:
    """Gauges of services whose mean moved by a quarter or more."""
    before, after = _readings(base), _readings(new)
    for source, metric in sorted(before.keys() & after.keys()):
        older, newer = before[source, metric], after[source, metric]
        if source in NO_SERVICES or metric not in ("cpu", "memory") or older <= 0:
            continue
        if metric == "cpu" and abs(newer - older) < LEAST_CPU:
            continue
        if abs(newer / older - 1) >= MOVED:
            yield Move(source, metric, older, newer)


def _phases(subject: Subject, base: Sequence[RunFacts], new: Sequence[RunFacts]) -> Iterator[PhaseRise]:
    before, after = _phase_p95(subject, base), _phase_p95(subject, new)
    rises = {phase: after[phase] / before[phase] - 1 for phase in before.keys() & after.keys() if before[phase] > 0}
    for phase, rise in sorted(rises.items(), key=lambda item: -item[1]):
        others = [other for name, other in rises.items() if name != phase]
        rest = sum(others) / len(others) if others else rise
        if others and rise - rest >= STANDS_OUT and rise >= 2 * max(rest, 0.0):
            yield PhaseRise(phase, rise, rest)


def _errors(subject: Subject, base: Sequence[RunFacts], new: Sequence[RunFacts]) -> Iterator[ErrorGrowth]:
    before, after = _kinds(subject, base), _kinds(subject, new)
    for kind, count in sorted(after.items(), key=lambda item: -item[1]):
        earlier = before.get(kind, 0.0)
        if not earlier or count >= GREW * earlier + 1:
            yield ErrorGrowth(kind, earlier, count)


def _mean_s(subject: Subject, runs: Sequence[RunFacts]) -> float | None:
    found = [run.subjects[subject] for run in runs if subject in run.subjects]
    known = [(facts.mean_s, facts.count) for facts in found if facts.mean_s is not None and facts.count]
    count = sum(n for _, n in known)
    return sum(mean_s * n for mean_s, n in known) / count if count else None


def _time_in(part: Subject, whole: Subject, runs: Sequence[RunFacts]) -> float:
    """How much time a part takes in each execution of the whole, on average: it may run several times, or rarely."""
    times, executions = 0.0, 0
    for run in runs:
        facts, of = run.subjects.get(part), run.subjects.get(whole)
        executions += of.count if of else 0
        if facts is not None and facts.mean_s is not None:
            times += facts.mean_s * facts.count
    return times / executions if executions else 0.0


def _phase_p95(subject: Subject, runs: Sequence[RunFacts]) -> Mapping[str, float]:
    found: dict[str, list[float]] = {}
    for run in runs:
        for phase, p95_s in run.subjects[subject].phase_p95_s.items() if subject in run.subjects else ():
            found.setdefault(phase, []).append(p95_s)
    return {phase: sum(values) / len(values) for phase, values in found.items()}


def _kinds(subject: Subject, runs: Sequence[RunFacts]) -> Mapping[str, float]:
    found: dict[str, float] = {}
    for run in runs:
        for kind, count in run.errors.get(subject, {}).items():
            found[kind] = found.get(kind, 0.0) + count / len(runs)
    return found


def _readings(runs: Sequence[RunFacts]) -> Mapping[tuple[str, str], float]:
    found: dict[tuple[str, str], list[float]] = {}
    for run in runs:
        for gauge, mean in run.readings.items():
            found.setdefault(gauge, []).append(mean)
    return {gauge: sum(values) / len(values) for gauge, values in found.items()}
