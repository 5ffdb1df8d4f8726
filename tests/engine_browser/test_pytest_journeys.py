"""Tests of pytest-playwright that run as journeys, unchanged."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.errors import BringUpError
from simulator.plan.discovery import load_cast
from simulator.plan.pytest_file import user_of_tests
from tests.engine_browser.browser_run import Run
from tests.engine_browser.browser_site import Site

PROJECT = Path(__file__).parent / "project"
USER = "TestShop"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A test file in a project of its own."""
    return shutil.copytree(PROJECT, tmp_path_factory.mktemp("tests") / "project") / "test_shop.py"


@pytest.fixture(scope="module")
def tests(site: Site, file: Path) -> Iterator[Run]:
    run = Run(site.url, [user_of_tests(file)]).start()
    yield run
    run.host.stop(0)


def test_each_test_that_uses_a_page_is_a_journey(file: Path):
    [user] = load_cast([file]).users
    journeys = {journey.name: journey for journey in user.journeys}
    assert (user.name, user.kind) == (USER, "browser")
    assert list(journeys) == [
        "test_reads", "test_numbers (1)", "test_numbers (2)", "TestMember.test_is_known", "TestMember.test_fails",
        "TestMember.test_was_logged_out", "test_has_steps", "test_skips", "test_known_to_fail",
    ]  # fmt: skip
    assert journeys["test_reads"].summary == "Opens a page and goes on."
    assert journeys["test_numbers (1)"].tags == {"smoke"}


@pytest.mark.parametrize(
    "journey",
    ["test_reads", "test_numbers (1)", "test_numbers (2)", "TestMember.test_is_known", "test_known_to_fail",
     "TestMember.test_was_logged_out"],
)  # fmt: skip
def test_a_test_that_passes_is_a_journey_that_went_well(tests: Run, journey: str):
    tests.go(journey, user=USER)
    assert tests.outcomes("journey") == {journey: "ok"}, tests.window.failures
    assert tests.outcomes("step") == {journey: "ok"}


def test_a_test_may_have_steps_and_requests(tests: Run):
    tests.go("test_has_steps", user=USER)
    assert tests.outcomes("step") == {"open": "ok", "ask": "ok"}, tests.window.failures
    assert ("ask", "GET /who") in tests.cells("operation")


def test_a_test_that_fails_says_why_and_what_it_set_up_is_torn_down(tests: Run):
    tests.go("TestMember.test_fails", user=USER)
    failure = tests.failure("expect")
    assert "test_shop.py:" in failure.message
    assert "screenshot.png" in [piece.name for piece in failure.evidence]
    tests.go("TestMember.test_was_logged_out", user=USER)
    assert tests.outcomes("journey") == {"TestMember.test_was_logged_out": "ok"}


def test_a_test_that_skips_itself_is_no_success(tests: Run):
    tests.go("test_skips", user=USER)
    assert "not today" in tests.failure("Skipped").message


def test_tests_of_several_users_run_side_by_side(tests: Run):
    names = ["test_reads", "TestMember.test_is_known", "test_numbers (1)", "test_has_steps"]
    threads = [tests.set_out(name, number, USER) for number, name in enumerate(names * 2)]
    for thread in threads:
        thread.join(60)
    tests.look()
    assert not tests.window.failures
    assert sum(cell.ok.count for key, cell in tests.window.cells.items() if key.level == "journey") == 8


def test_a_test_that_is_cut_off_counts_as_that(site: Site, file: Path):
    run = Run(site.url, [user_of_tests(file)]).start()
    site.forget("/cookie")
    thread = run.set_out("TestMember.test_is_known", 0, USER)
    assert site.reached("/cookie").acquire(timeout=30)
    run.host.stop(0)
    thread.join(30)
    run.look()
    assert run.outcomes("journey") in ({"TestMember.test_is_known": "cut off"}, {"TestMember.test_is_known": "ok"})


def test_tests_that_cannot_be_collected_are_named(tmp_path: Path):
    file = tmp_path / "test_broken.py"
    file.write_text("import nothing_of_that_name\n")
    with pytest.raises(BringUpError, match="test_broken.py") as raised:
        user_of_tests(file)
    assert "nothing_of_that_name" in raised.value.detail
