"""Connections that could not be opened."""

from __future__ import annotations

from simulator.journey.http.problem import NotAllowed
from simulator.journey.operation import Operation
from simulator.journey.trouble import OperationFailed


def not_opened(operation: Operation, error: Exception) -> OperationFailed:
    """Count the attempt as failed; returns what to raise, so that the step fails.

    Args:
        operation: the attempt.
        error: why; `NotAllowed` has a class and a sentence of its own.
    """
    if isinstance(error, NotAllowed):
        operation.fail(error.error_class, str(error))
    else:
        operation.fail("refused", f"{type(error).__name__}: {error}")
    return OperationFailed(str(error))
