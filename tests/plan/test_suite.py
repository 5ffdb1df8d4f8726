from pathlib import Path

import pytest

from simulator.errors import FileError, UsageError
from simulator.plan.project import parse_project
from simulator.plan.suite import leaves

GOOD = """
profiles:
  gate: {rate: 5/s, duration: 1m}
suites:
  quick: {once: true, select: not slow, slots: 2, retries: 1}
  load: {profile: gate, thresholds: [a.yaml]}
  release: [quick, load]
  all: {suites: [release, quick]}
"""


def suites(text=GOOD):
    return parse_project(text, "simulator.yaml", Path(), {}).suites


def test_suites_made_of_suites_are_resolved_each_once_in_order():
    assert [suite.name for suite in leaves(suites(), "all")] == ["quick", "load"]


def test_a_suite_says_what_and_how():
    quick = suites()["quick"]

    assert (quick.once, quick.select, quick.slots, quick.retries) == (True, "not slow", 2, 1)


def test_suites_that_contain_each_other_are_shown():
    text = "suites:\n  a: [b]\n  b: [a]\n"

    with pytest.raises(UsageError, match="a → b → a"):
        leaves(suites(text), "a")


def test_an_unknown_suite_is_refused_with_the_nearest_name():
    with pytest.raises(UsageError, match="no suite 'relaese'") as caught:
        leaves(suites(), "relaese")
    assert caught.value.hint == "did you mean 'release'?"


def test_mistakes_in_suites_are_named_with_their_places():
    text = "suites:\n  a: {select: x}\n  b: [nothing]\n  c: {profile: gone, slots: many}\n"

    with pytest.raises(FileError) as caught:
        suites(text)
    found = "\n".join(map(str, caught.value.problems))
    for expected in ("simulator.yaml:2:6", "'nothing', which is none", "no profile 'gone'", "'many'"):
        assert expected in found
