"""A threshold: a limit with its scope, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from simulator.threshold.limit import Limit
from simulator.threshold.scope import Scope

Severity = Literal["fail", "warn"]
EACH = ("step", "journey", "request", "user", "phase", "service")


@dataclass(frozen=True)
class Threshold:
    """One limit in one scope.

    Attributes:
        limit: what is limited.
        scope: what it looks at; empty for the whole run.
        each: judged for every step, journey, request, user, phase or service by itself; `None` for all together.
        name: the author's name for it, or `None`.
        severity: whether breaking it fails the run or only warns.
        abort_after_s: the run may be stopped early so long after its part of the run began; `None` never.
        file: where it is written.
        line: of the limit's text.
        column: of the limit's text.
    """

    limit: Limit
    scope: Scope = field(default_factory=dict)
    each: str | None = None
    name: str | None = None
    severity: Severity = "fail"
    abort_after_s: float | None = None
    file: str = ""
    line: int = 0
    column: int = 0


def limits_of(thresholds: tuple[Threshold, ...]) -> tuple[float, ...]:
    """Response times in seconds that must be counted exactly while the run goes on: the recorder's `limits_s`."""
    timed = (t.limit for t in thresholds if t.limit.quantile is not None and t.limit.change is None)
    return tuple(sorted({limit.edge_s for limit in timed if limit.level != "gauge"}))
