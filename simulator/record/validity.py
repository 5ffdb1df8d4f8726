"""Whether a run's own measurement can be trusted."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ValidityCheck:
    """One check of the measurement itself: the load generator, the arrivals, the workers, the clock.

    Attributes:
        check: what was looked at, a few words.
        ok: whether it can be trusted.
        value: what was measured, in its base unit; `None` when there is no number.
        limit: what was allowed; `None` when there is no number.
        reason: one sentence for the reader, whether it went well or not.
    """

    check: str
    ok: bool
    value: float | None
    limit: float | None
    reason: str
