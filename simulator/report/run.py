"""A run as readers see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.record.measurements import Measurements


@dataclass(frozen=True)
class Run:
    """A stored run.

    Attributes:
        folder: the run folder, or `None` for a run that has none.
        document: what `run.json` holds.
        measurements: everything that was measured.
        events: what happened to the run itself: seconds since it began, kind, text.
        baseline: what `run.json` of a run says that this one is looked at beside; `None` when there is none.
    """

    folder: Path | None
    document: dict[str, Any]
    measurements: Measurements
    events: Sequence[tuple[float, str, str]] = ()
    baseline: Mapping[str, Any] | None = None
