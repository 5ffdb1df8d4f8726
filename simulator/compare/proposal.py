"""Limits that some runs would have passed, with a margin: a threshold file to begin with."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from simulator.compare.facts import FEWEST, RunFacts
from simulator.compare.subject import Subject
from simulator.record.change import Share
from simulator.record.interval import t_quantile, wilson
from simulator.units import show_share

TIMES = ("p95", "p99")
LEAST_ERRORS = 0.001
RUN_NOISE = 0.03
_STEPS = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)


@dataclass(frozen=True)
class Proposal:
    """One proposed limit.

    Attributes:
        subject: what it limits.
        text: the limit, as a threshold file has it.
        seen: the worst value that the runs had, for the comment.
        runs: from how many runs it comes.
    """

    subject: Subject
    text: str
    seen: str
    runs: int


def propose(runs: Sequence[RunFacts], *, margin: float = 0.2) -> list[Proposal]:
    """Limits on p95 and p99 of every journey and step, and on its failures.

    A time's limit lies the margin above the upper end of where another run of the same thing would be (95%, from
    run-to-run and within-run noise), rounded up to a number that people would write.

    Args:
        runs: at least one, of a build that is good enough.
        margin: how much worse than these runs it may become, as a share.
    """
    subjects = sorted({subject for run in runs for subject in run.subjects if subject.level in ("journey", "step")})
    return [proposal for subject in subjects for proposal in _of(subject, runs, margin)]


def threshold_file(proposals: Sequence[Proposal], runs: Sequence[RunFacts], margin: float) -> str:
    """A threshold file of them, with comments that say where each comes from."""
    builds = ", ".join(dict.fromkeys(run.build for run in runs))
    lines = [
        f"# Proposed from {_runs(len(runs))} of {_comment(builds)}, which would have passed",
        f"# with {show_share(margin)} to spare. Look at every line: a limit says what you want, not what you have.",
        "thresholds:",
    ]
    for subject in dict.fromkeys(proposal.subject for proposal in proposals):
        lines += _entry(subject, [proposal for proposal in proposals if proposal.subject == subject])
    return "\n".join(lines) + "\n"


def _of(subject: Subject, runs: Sequence[RunFacts], margin: float) -> Iterator[Proposal]:
    found = [run.subjects[subject] for run in runs if subject in run.subjects]
    word = "journey_time" if subject.level == "journey" else "step_time"
    for metric in TIMES:
        estimates = [facts.times[metric] for facts in found if metric in facts.times]
        if estimates and sum(facts.count for facts in found) >= FEWEST[metric]:
            worst_s = max(estimate.value for estimate in estimates)
            limit_s = _upper([(e.value, e.error) for e in estimates]) * (1 + margin)
            yield Proposal(subject, f"{word} {metric} < {_duration(limit_s)}", _milliseconds(worst_s), len(estimates))
    if subject.level == "journey":
        shares = [facts.failures for facts in found if facts.failures.count]
        if shares:
            seen = f"{sum(share.bad for share in shares):g} of {sum(share.count for share in shares):g}"
            yield Proposal(subject, f"journey_error_rate < {_error_limit(shares)}", seen, len(shares))


def _upper(estimates: Sequence[tuple[float, float]]) -> float:
    """Where the next run would be at most, in 39 of 40 cases."""
    logs = [math.log(value) for value, _ in estimates]
    middle, count = sum(logs) / len(logs), len(logs)
    within = sum(error**2 for _, error in estimates) / count
    squares = sum((value - middle) ** 2 for value in logs)
    variance = max((4 * (RUN_NOISE**2 + within) + squares) / (4 + count - 1), within)
    next_one = middle + t_quantile(0.975, 4 + count - 1) * math.sqrt(variance * (1 + 1 / count))
    return math.exp(max(next_one, *logs))


def _error_limit(shares: Sequence[Share]) -> str:
    """What each run keeps with its whole interval."""
    uppers = [wilson(s.bad / s.count, s.count / s.design_effect, t_quantile(0.975, math.inf))[1] for s in shares]
    return f"{_round_up(max(*uppers, LEAST_ERRORS) * 100):g}%"


def _duration(seconds: float) -> str:
    if seconds < 1:
        return f"{_round_up(seconds * 1000):g} ms"
    return f"{_round_up(seconds):g} s"


def _round_up(value: float) -> float:
    """The next number that people would write: 1, 1.2, 1.5, 2, 2.5, 3 … of its power of ten."""
    power = 10.0 ** math.floor(math.log10(value))
    step = next(step for step in _STEPS if step * power >= value * (1 - 1e-9))
    return float(f"{step * power:.3g}")


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"


def _entry(subject: Subject, proposals: Sequence[Proposal]) -> Iterator[str]:
    scope = [("user", subject.user), ("journey", subject.journey), ("step", subject.step)]
    named = [(word, name) for word, name in scope if name]
    yield f"  - {named[0][0]}: {_quoted(named[0][1])}"
    yield from (f"    {word}: {_quoted(name)}" for word, name in named[1:])
    yield "    require:"
    for proposal in proposals:
        yield f"      - {proposal.text:<34} # at worst {proposal.seen} in {_runs(proposal.runs)}"


def _quoted(text: str) -> str:
    """A name as a YAML scalar in double quotes, shell wildcards in it taken literally."""
    import json

    literal = "".join(f"[{letter}]" if letter in "*?[" else letter for letter in text)
    return json.dumps(literal, ensure_ascii=False)


def _runs(count: int) -> str:
    return f"{count} run{'' if count == 1 else 's'}"


def _comment(text: str) -> str:
    return " ".join(text.split())
