"""What the shop answers when it cannot do what was asked."""

from __future__ import annotations


class Problem(Exception):  # noqa: N818 - it is an answer to the caller, not an error of the shop
    """A refusal with its HTTP status, a word for programs and a sentence for people."""

    def __init__(self, status: int, error: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error = error
        self.message = message


def not_found(what: str) -> Problem:
    """Returns the problem for an id that does not exist."""
    return Problem(404, "not_found", f"There is no such {what}.")


def invalid(message: str) -> Problem:
    """Returns the problem for a request that is well formed, but wrong."""
    return Problem(422, "invalid", message)
