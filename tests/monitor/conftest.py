"""A project for those who need a whole run."""

from tests.end_to_end.conftest import project

__all__ = ["project"]
