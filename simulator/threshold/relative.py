"""Limits on a change against the baseline: the seam where the comparison of builds will judge them."""

from __future__ import annotations

from simulator.record.measurements import Measurements
from simulator.threshold.observed import Observed
from simulator.threshold.ruling import Finding
from simulator.threshold.scope import KnownNames


def find_change(observed: Observed, baseline: Measurements | None, names: KnownNames) -> Finding:
    """What the numbers say about `rises` or `falls`."""
    if baseline is None:
        return Finding("no data", "no baseline was given, so there is nothing to compare with")
    return Finding("no data", "changes are not judged yet")
