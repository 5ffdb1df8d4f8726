"""Our matching beside the official core's, on the same pairs; and on the public test cases, where they are at hand."""

import os
from pathlib import Path

import pytest

pytest.importorskip("pact", reason="the official Pact core is not installed: pip install 'simulator[contract]'")

from benchmarks.contract.core import core_says  # noqa: E402
from benchmarks.contract.specification import Case, cases  # noqa: E402
from tests.contract.matching_cases import PAIRS  # noqa: E402

SPECIFICATION = os.environ.get("SIMULATOR_PACT_SPECIFICATION")


def test_the_official_core_agrees_on_every_pair():
    def side(value, media):
        return {"headers": {"Content-Type": media},
                "body": {"content": value, "contentType": media, "encoded": False}}  # fmt: skip

    asked = [
        Case("4", "response", pair.name, {
            "match": pair.matches, "actual": side(pair.actual, pair.media),
            "expected": side(pair.expected, pair.media) | {"matchingRules": {"body": pair.rules}},
        })
        for pair in PAIRS
    ]  # fmt: skip

    said = core_says(asked)

    assert {name: matches for name, matches in said.items() if matches != (not _case(asked, name).mismatches())} == {}
    assert said == {pair.name: pair.matches for pair in PAIRS}


def _case(asked, name):
    return next(case for case in asked if case.name == name)


@pytest.mark.skipif(
    not SPECIFICATION, reason="SIMULATOR_PACT_SPECIFICATION names no folder with the specification's test cases"
)
def test_the_public_cases_that_the_core_agrees_with_agree_with_us():
    every = list(cases(Path(SPECIFICATION or "")))
    said = core_says(every)
    with_core = [case for case in every if said.get(case.name) == case.matches]

    wrong = [case.name for case in with_core if (not case.mismatches()) != case.matches]

    print(f"{len(with_core) - len(wrong)} of {len(with_core)} cases that the core agrees with, {len(every)} in all")
    assert len(every) == 452
    assert wrong == []
