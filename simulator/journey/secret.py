"""What must not stand in a journey file: passwords and tokens, from the environment."""

from __future__ import annotations

import os

from simulator.errors import UsageError


def secret(variable: str) -> str:
    """The value of an environment variable that must be set; runs of the file write it down nowhere.

    Raises:
        UsageError: it is not set, or empty.
    """
    value = os.environ.get(variable)
    if not value:
        raise UsageError(f"the environment variable {variable} is not set", hint=f"export {variable}=…")
    return value
