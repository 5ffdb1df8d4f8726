"""How long to wait, as authors write it."""

from __future__ import annotations

from functools import lru_cache

from simulator.units import parse_duration


def seconds(within: str | float) -> float:
    """Seconds of `"5s"`, `"200 ms"`, or of a number of seconds.

    Raises:
        ValueError: it is no duration.
    """
    return _parsed(within) if isinstance(within, str) else float(within)


@lru_cache(maxsize=256)
def _parsed(text: str) -> float:
    return parse_duration(text)
