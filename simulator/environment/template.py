"""`{port}`, `{payments.url}` and `{payments.port}` in commands and addresses."""

from __future__ import annotations

import re
from collections.abc import Mapping

from simulator.errors import UsageError, did_you_mean

_PLACE = re.compile(r"\{([A-Za-z0-9_-]+(?:\.[a-z]+)?)\}")


def fill(text: str, values: Mapping[str, str], *, where: str) -> str:
    """The text with every `{name}` replaced; other braces stay as they are.

    Raises:
        UsageError: a name in braces is not known.
    """

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name not in values:
            raise UsageError(f"{where}: {{{name}}} stands for nothing here", hint=did_you_mean(name, list(values)))
        return values[name]

    return _PLACE.sub(value, text)
