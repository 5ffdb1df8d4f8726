"""The verdict on a whole run: what all rulings and the run's own validity come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from simulator.record.validity import ValidityCheck
from simulator.threshold.ruling import Ruling

Signal = Literal["SIGINT", "SIGTERM", "SIGHUP"]
PASSED, FAILED, INVALID = 0, 1, 4
MOST_NAMED = 3
_INTERRUPTED = {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 143}


@dataclass(frozen=True)
class Verdict:
    """What a run comes to.

    Attributes:
        verdict: passed, failed, or invalid (the measurement cannot be trusted, or there is none).
        exit_code: of the process.
        reasons: sentences, the weightiest first; warnings begin with `warning:`.
    """

    verdict: Literal["passed", "failed", "invalid"]
    exit_code: int
    reasons: tuple[str, ...]


def decide(
    rulings: Sequence[Ruling],
    validity: Sequence[ValidityCheck],
    *,
    measured_operations: int,
    strict: bool = False,
    interrupted: Signal | None = None,
) -> Verdict:
    """The verdict.

    Args:
        rulings: of all thresholds.
        validity: of the measurement; one that is not well makes the run invalid, whatever the rulings say.
        measured_operations: how many operations ended or were dropped; none at all is invalid too.
        strict: a threshold that could not be decided makes the run invalid, unless another one failed.
        interrupted: the signal that ended the run early; the verdict is then on what was measured.
    """
    found = _decided(rulings, validity, measured_operations, strict)
    if interrupted is None:
        return found
    reasons = (f"stopped by {interrupted} before its end; this is what was measured until then", *found.reasons)
    return Verdict(found.verdict, _INTERRUPTED[interrupted], reasons)


def title(ruling: Ruling) -> str:
    """A ruling's threshold in one line: name, limit and scope."""
    scope = ", ".join(f"{word} {name}" for word, name in ruling.scope.items())
    named = f"{ruling.name}: {ruling.text}" if ruling.name else ruling.text
    return f"{named} ({scope})" if scope else named


def _decided(
    rulings: Sequence[Ruling], validity: Sequence[ValidityCheck], measured_operations: int, strict: bool
) -> Verdict:
    distrusted = tuple(f"{check.check}: {check.reason}" for check in validity if not check.ok)
    if distrusted:
        return Verdict("invalid", INVALID, distrusted)
    if measured_operations <= 0:
        return Verdict("invalid", INVALID, ("nothing was measured",))
    gates = [ruling for ruling in rulings if ruling.severity == "fail"]
    warnings = _warnings(rulings)
    failed = [ruling for ruling in gates if ruling.result == "fail"]
    undecided = [ruling for ruling in gates if ruling.result == "inconclusive"]
    leaning = [ruling for ruling in undecided if ruling.is_broken]
    if failed or (leaning and not strict):
        return Verdict("failed", FAILED, (*map(_sentence, [*failed, *leaning]), *warnings))
    doubtful = [ruling for ruling in gates if ruling.result == "no data"] + (undecided if strict else [])
    if doubtful:
        return Verdict("invalid", INVALID, (*map(_sentence, doubtful), *warnings))
    return Verdict("passed", PASSED, (_summary(rulings), *warnings))


def _sentence(ruling: Ruling) -> str:
    result = {"fail": "failed", "no data": "no data"}.get(ruling.result)
    return f"{title(ruling)}: {result or f'inconclusive, leans to {ruling.leaning}'}; {ruling.reason}"


def _warnings(rulings: Sequence[Ruling]) -> tuple[str, ...]:
    """What does not stop the run but should be seen: warn-only thresholds that are not kept, and undecided ones."""
    unkept = [r for r in rulings if r.severity == "warn" and (r.is_broken or r.result == "no data")]
    leaning = [r for r in rulings if r.result == "inconclusive" and not r.is_broken]
    warnings = [f"warning: {_sentence(ruling)}" for ruling in unkept]
    if leaning:
        many = f"{len(leaning)} of {len(rulings)} thresholds" if len(rulings) > 1 else "the threshold"
        warnings.append(f"warning: {many} could not be decided, too few samples to tell; {_lean(leaning)}")
    return tuple(warnings)


def _lean(leaning: Sequence[Ruling]) -> str:
    if len(leaning) <= MOST_NAMED:
        return f"leaning to pass: {', '.join(map(title, leaning))}"
    return "they lean to pass"


def _summary(rulings: Sequence[Ruling]) -> str:
    if not rulings:
        return "no thresholds were given, so nothing was judged"
    passed = sum(ruling.result == "pass" for ruling in rulings)
    return f"{passed} of {len(rulings)} thresholds passed, none failed"
