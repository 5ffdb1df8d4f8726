"""What all users of one component class share in a process: the bench, and what came of each case alone."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from gevent.lock import BoundedSemaphore

from simulator.journey.component.bench import Bench, HereBench, ProcessBench, ThreadBench, Workshop
from simulator.journey.component.calibration import fidelities
from simulator.journey.component.case import Case
from simulator.journey.component.pipeline import Passage

if TYPE_CHECKING:
    from simulator.journey.component.user import ComponentUser


class Floor:
    """What all users of a class share.

    Args:
        owner: the class as its author wrote it.
        cases: its cases.

    Attributes:
        bench: where cases are worked on; `None` while it is not open.
        alone: case → what came of it when nobody else was at work.
        unfaithful: case → what is to be said of a double that is not like what was recorded.
        opening: held by whoever opens it.
    """

    def __init__(self, owner: type[ComponentUser], cases: tuple[Case, ...]) -> None:
        self.owner, self.cases = owner, cases
        self.bench: Bench | None = None
        self.alone: dict[str, Passage] = {}
        self.unfaithful: dict[str, str] = {}
        self.opening = BoundedSemaphore(1)

    def open(self, tell: Callable[[str], object]) -> None:
        """Set the pipeline up and take every case through it, one after the other."""
        bench = self._made()
        if self.owner.concurrently:
            self.alone = {case.name: bench.work(case) for case in self.cases}
        self._look_at_doubles(tell)
        self.bench = bench

    def close(self) -> None:
        """The run is over."""
        bench, self.bench = self.bench, None
        if bench is not None:
            bench.close()

    def _made(self) -> Bench:
        owner = self.owner
        assert owner.pipeline is not None
        if owner.runs_in == "process":
            return ProcessBench(Path(inspect.getfile(owner)), owner.__name__, owner.size)
        workshop = Workshop(owner.pipeline, owner.like())
        return HereBench(workshop) if owner.runs_in == "greenlet" else ThreadBench(workshop, owner.size)

    def _look_at_doubles(self, tell: Callable[[str], object]) -> None:
        recording = self.owner.recorded()
        if recording is None:
            return
        for case in self.cases:
            for fidelity in fidelities(recording, case.mocks):
                if fidelity.same < fidelity.count or not fidelity.count:
                    tell(str(fidelity))
                if fidelity.same < self.owner.faithful * fidelity.count:
                    self.unfaithful[case.name] = str(fidelity)
