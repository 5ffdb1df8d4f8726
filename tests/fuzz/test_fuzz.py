"""Readers of foreign input never crash and never hang: a smaller number of cases than `python -m tests.fuzz` tries."""

import os

import pytest

from tests.fuzz.fuzzing import fuzz

NAMES = ("limits", "threshold files", "simulator.yaml", "stubs", "data specs", "run folders: data.sqlite",
         "run folders: run.json", "HAR", "OpenAPI", "OpenAPI in YAML", "Pact files", "recorded traffic", "HTTP answers",
         "worker messages")  # fmt: skip
CASES = int(os.environ.get("SIMULATOR_FUZZ_CASES", "60"))


def test_all_targets_are_named():
    from tests.fuzz.targets import targets

    assert set(NAMES) == set(targets())


@pytest.mark.parametrize("name", NAMES)
def test_nothing_but_errors_of_our_own_comes_out(name):
    counts = fuzz(name, CASES)
    assert counts["tried"] >= min(CASES, 50)
