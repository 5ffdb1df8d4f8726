"""docs/reference.md says what the code says."""

from tests.reference import PAGE, page


def test_the_reference_is_fresh():
    assert PAGE.read_text(encoding="utf-8") == page(), "write it anew: python -m tests.reference"
