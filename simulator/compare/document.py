"""A comparison as plain values: what `compare --format json` prints and what pages are made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from simulator.compare import wording
from simulator.compare.comparison import Comparison, Delta
from simulator.compare.explanation import Explanation, explanations
from simulator.compare.facts import RunFacts

FORMAT = 1
REGRESSION, NO_DATA = 1, 4


def exit_code_of(comparison: Comparison) -> int:
    """0 when nothing regressed, 1 when something did, 4 when nothing could be compared."""
    if comparison.called("regressed"):
        return REGRESSION
    return 0 if any(delta.is_judged for delta in comparison.deltas) else NO_DATA


def comparison_document(comparison: Comparison) -> dict[str, Any]:
    """The comparison as dicts, lists, texts and numbers; times in seconds, shares 0 to 1, rates per second."""
    found = explanations(comparison)
    return {
        "format": FORMAT,
        "verdict": "regressed" if comparison.called("regressed") else "not regressed",
        "exit_code": exit_code_of(comparison),
        "conclusion": wording.conclusion(comparison),
        "base": _side(comparison.base),
        "new": _side(comparison.new),
        "paired": comparison.paired,
        "first": comparison.is_first,
        "warnings": list(comparison.warnings),
        "rows": [_row(delta) for delta in comparison.deltas],
        "explanations": [_explanation(explanation) for explanation in found],
    }


def _side(runs: Sequence[RunFacts]) -> dict[str, Any]:
    return {"builds": list(dict.fromkeys(run.build for run in runs)), "runs": [run.run for run in runs]}


def _row(delta: Delta) -> dict[str, Any]:
    change = delta.change
    return {
        **{part: name or None for part, name in delta.subject._asdict().items()},
        "level": delta.subject.level,
        "metric": delta.metric,
        "unit": delta.unit,
        "base_value": change.base if change else None,
        "new_value": change.new if change else None,
        "scale": change.scale if change else None,
        "worse_by": change.estimate if change else None,
        "low": change.low if change else None,
        "high": change.high if change else None,
        "allowed": delta.allowed,
        "noise": change.spread if change else None,
        "family": delta.family,
        "judgement": delta.judgement,
        "verdict": wording.VERDICTS[delta.judgement] if delta.judgement else "no data",
        "text": wording.sentence(delta),
        "advice": wording.advice(delta),
    }


def _explanation(explanation: Explanation) -> dict[str, Any]:
    plain = asdict(explanation)
    plain["subject"] = explanation.subject._asdict()
    plain["title"] = explanation.subject.title
    for row, carrier in zip(plain["carriers"], explanation.carriers, strict=True):
        row["part"] = carrier.part._asdict()
    return {**plain, "text": list(wording.explanation_lines(explanation))}
