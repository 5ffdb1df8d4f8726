"""What must hold for a step to be right."""

from __future__ import annotations


class CheckFailed(AssertionError):  # noqa: N818 - it is a finding about the target, not an error of the program
    """Something that must hold did not."""


def check(condition: object, message: str) -> None:
    """Fail the step, and the operation it looks at, unless the condition holds.

    Args:
        condition: anything; what Python takes for false fails the check.
        message: what was expected, or what came instead; it stands in the report.

    Raises:
        CheckFailed: the condition does not hold; the step catches it.
    """
    if not condition:
        raise CheckFailed(message)
