"""`facts.json`: what a run says about its subjects, kept beside its data for comparisons to come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from simulator.compare.facts import RunFacts, SubjectFacts
from simulator.compare.subject import Subject
from simulator.record.change import Estimate, Share

FILE_NAME = "facts.json"
FORMAT = 2


def to_plain(facts: RunFacts) -> dict[str, Any]:
    """Dicts, lists, texts and numbers, for JSON."""
    return {
        "format": FORMAT,
        "run": facts.run,
        "build": facts.build,
        "subjects": [[list(subject), asdict(said)] for subject, said in facts.subjects.items()],
        "errors": [[list(subject), dict(kinds)] for subject, kinds in facts.errors.items()],
        "readings": [[list(gauge), mean] for gauge, mean in facts.readings.items()],
        "operations": dict(facts.operations),
    }


def from_plain(plain: Mapping[str, Any]) -> RunFacts | None:
    """The facts that `to_plain` wrote; `None` when another version wrote them, or they are damaged."""
    try:
        if plain["format"] != FORMAT:
            return None
        return RunFacts(
            plain["run"],
            plain["build"],
            {Subject(*subject): _subject_facts(said) for subject, said in plain["subjects"]},
            {Subject(*subject): kinds for subject, kinds in plain["errors"]},
            {(source, metric): mean for (source, metric), mean in plain["readings"]},
            _pairs(plain["operations"]),
        )
    except (KeyError, TypeError, ValueError):
        return None


def _subject_facts(plain: Mapping[str, Any]) -> SubjectFacts:
    return SubjectFacts(
        plain["count"],
        plain["mean_s"],
        {name: Estimate(**estimate) for name, estimate in plain["times"].items()},
        Share(**plain["failures"]),
        None if plain["rate"] is None else Estimate(**plain["rate"]),
        plain["phase_p95_s"],
        _pairs(plain["intervals"]),
    )


def _pairs(plain: Mapping[str, list[float]]) -> dict[str, tuple[float, float]]:
    return {name: (low, high) for name, (low, high) in plain.items()}
