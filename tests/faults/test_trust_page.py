"""docs/trust.md is what the tests say, and no failure on the list is without a test."""

from tests.faults.page import NUMBERED, PAGE, SUBJECTS, rows, text


def test_each_of_the_36_failures_has_a_test():
    assert set(NUMBERED) - {row.row for row in rows()} == set()
    assert {row.row for row in rows() if isinstance(row.row, str)} == set(SUBJECTS)


def test_the_page_is_what_the_tests_say():
    assert PAGE.read_text() == text(), "stale: python -m tests.faults.page"
