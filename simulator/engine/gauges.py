"""What the load generator says of itself, once a second."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from simulator.engine.appetite import Appetite, OwnCpu, WallClock
from simulator.engine.crowd import Crowd
from simulator.engine.pool import Pool
from simulator.journey.slips import Slips
from simulator.record.recorder import Recorder
from simulator.record.sample import Reading
from simulator.record.source import GENERATOR


class Gauges:
    """Reads this process, its users and its arrivals into the recorder.

    Args:
        recorder: where to.
        slips: how users fall behind their pace.
        crowd: the users that are alive.
        pool: knows the arrivals of the open model.
        helpers: process ids of those that work for this process.
    """

    def __init__(
        self, recorder: Recorder, slips: Slips, crowd: Crowd, pool: Pool, helpers: Callable[[], Sequence[int]]
    ) -> None:
        self._recorder, self._slips, self._crowd, self._pool = recorder, slips, crowd, pool
        self._appetite = Appetite(helpers, recorder.clock)
        self._own_cpu, self._wall = OwnCpu(recorder.clock), WallClock(recorder.clock)
        self._counted = (0, 0, 0)

    def begin(self) -> None:
        """What it took to come up is not part of the load."""
        self._own_cpu.read()
        self._wall.step_s()
        self._appetite.read()

    def read(self, worst_lag_s: float) -> None:
        """Record all of them.

        Args:
            worst_lag_s: how late the loop was at most since the last time.
        """
        cpu_ratio, memory_bytes = self._appetite.read()
        if cpu_ratio is not None:
            self._tell("cpu", "share", cpu_ratio)
        self._tell("memory", "bytes", memory_bytes)
        self._tell("loop_lag", "s", worst_lag_s)
        if (loop_cpu_ratio := self._own_cpu.read()) is not None:
            self._tell("loop_cpu", "share", loop_cpu_ratio)
        self._tell("clock_step", "s", self._wall.step_s())
        if self._slips.any:
            worst_s, slipped = self._slips.read()
            self._tell("pace_slip", "s", worst_s)
            self._tell("pace_slipped", "", float(slipped))
        self._tell("users", "", float(sum(self._crowd.alive().values())))
        self._read_arrivals()

    def _read_arrivals(self) -> None:
        counted = (self._pool.planned, self._pool.dropped, self._pool.started)
        if self._pool.planned:
            self._tell("start_lag", "s", self._pool.worst_lag_s())
            for what, now, before in zip(("planned", "dropped", "started"), counted, self._counted, strict=True):
                self._tell(f"arrivals_{what}", "", float(now - before))
        self._counted = counted

    def _tell(self, metric: str, unit: str, value: float) -> None:
        self._recorder.read(Reading(GENERATOR, metric, unit, self._recorder.at_s(), value))
