"""How a run goes and how it ended, as values; and the signal that ends it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from simulator.record.sample import PhaseSpan


@dataclass(frozen=True)
class Progress:
    """Where a run is.

    Attributes:
        phase: the present phase.
        elapsed_s: since the run began.
        users: user class → how many are alive.
        arrivals_planned: journeys that were to start so far (open model).
        arrivals_started: how many of them did.
        arrivals_dropped: how many nobody was free to start.
        ending: no journey starts any more, those under way may finish.
    """

    phase: str
    elapsed_s: float
    users: Mapping[str, int] = field(default_factory=dict)
    arrivals_planned: int = 0
    arrivals_started: int = 0
    arrivals_dropped: int = 0
    ending: bool = False


@dataclass(frozen=True)
class Ending:
    """How a run ended.

    Attributes:
        how: all phases went by, or somebody stopped it.
        reason: who or what stopped it; empty text otherwise.
        started_at: the wall clock, read once.
        duration_s: from the first phase's start until the last user was gone.
        phases: as they really happened.
        workers: how many worker processes there were; 0 for a run in a single process.
        lost_workers: how many times one of them was lost, or stood still too long.
        lost_ratio: how much of the load that they were to carry nobody took over, 0 to 1.
        notes: what happened to workers: second of the run, kind, text.
        collected: what was exchanged, for contracts, as `engine.contract.collecting` has it; empty when nobody asked.
    """

    how: Literal["finished", "stopped"]
    reason: str
    started_at: datetime
    duration_s: float
    phases: tuple[PhaseSpan, ...]
    workers: int = 0
    lost_workers: int = 0
    lost_ratio: float = 0.0
    notes: tuple[tuple[float, str, str], ...] = ()
    collected: Sequence[Any] = ()


class StopSignal:
    """Asks a run to end; may be set from signal handlers and other threads, any number of times.

    Attributes:
        reason: the first one given; empty text while the run shall go on.
        now: journeys under way are not waited for.
    """

    def __init__(self) -> None:
        self.reason = ""
        self.now = False

    def set(self, reason: str, *, now: bool = False) -> None:
        """End the run.

        Args:
            reason: for readers; the first one stays.
            now: cut off what is under way instead of waiting for it.
        """
        self.reason = self.reason or reason
        self.now = self.now or now

    def __bool__(self) -> bool:
        return bool(self.reason)
