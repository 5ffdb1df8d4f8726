"""What the judge says about one threshold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Result = Literal["pass", "fail", "no data", "inconclusive"]
Leaning = Literal["pass", "fail"]


@dataclass(frozen=True)
class Finding:
    """What the numbers say, before it is known whose numbers they are.

    Attributes:
        result: pass, fail, no data, or inconclusive (too few samples to tell).
        reason: one sentence for the reader.
        value: what was measured, in its base unit; `None` without data.
        low: lower end of its 95% confidence interval; `None` when there is none.
        high: upper end.
        count: number of samples behind the value.
        leaning: where an inconclusive one leans; `None` for the others.
        lasting: no later sample can mend it (a broken window, a maximum, a count).
    """

    result: Result
    reason: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    count: int = 0
    leaning: Leaning | None = None
    lasting: bool = False


@dataclass(frozen=True)
class Ruling:
    """The result of one threshold in one scope; its fields are those of `run.json`.

    Attributes:
        text: the limit as its author wrote it.
        name: the author's name for it, or `None`.
        file: where it is written.
        line: counted from 1.
        scope: scope word → name; empty for the whole run.
        severity: `fail` or `warn`.
        result: pass, fail, no data or inconclusive.
        value: what was measured, in the base unit; `None` without data.
        unit: of value, low, high (and of the limit, except for a change): a key of `units.SHOW`.
        low: lower end of the 95% confidence interval; `None` when there is none.
        high: upper end.
        count: number of samples.
        limit: in the base unit; for a change a share of the baseline's value.
        reason: one sentence.
        leaning: where an inconclusive one leans; `None` for the others.
        relative: it limits a change against the baseline, not the value itself.
    """

    text: str
    name: str | None
    file: str
    line: int
    severity: str
    result: Result
    unit: str
    limit: float
    reason: str
    scope: Mapping[str, str] = field(default_factory=dict)
    value: float | None = None
    low: float | None = None
    high: float | None = None
    count: int = 0
    leaning: Leaning | None = None
    relative: bool = False

    @property
    def is_broken(self) -> bool:
        """Whether it failed, or leans to fail on a limit of its own (a change needs proof)."""
        return self.result == "fail" or (self.result == "inconclusive" and self.leaning == "fail" and not self.relative)
