"""Runs a pipeline of components with cases, once as a test or again and again under load."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import gevent

from simulator.errors import UsageError
from simulator.journey.check import CheckFailed, check
from simulator.journey.component.bench import PLACES, Bench, Like, Place
from simulator.journey.component.calibration import Recording, recorded
from simulator.journey.component.case import Case, wrong_with
from simulator.journey.component.case_file import cases_of
from simulator.journey.component.difference import differences
from simulator.journey.component.floor import Floor
from simulator.journey.component.pipeline import Passage, Pipeline, StageRun
from simulator.journey.mark import MARK, JourneyMark
from simulator.journey.trouble import OperationFailed, Trouble
from simulator.journey.users import Actor
from simulator.record.failure import Evidence

KIND = "call"
MOST_JOURNEYS = 100
"""With more cases than this they share one journey, so that reports stay readable."""

CONCURRENCY = "concurrency"
"""The class of failures that only show when others are at work at the same time."""


class ComponentUser(Actor):
    """Takes cases through a pipeline.

    Attributes:
        pipeline: of `pipeline(a, b, …)`.
        cases: a file of cases, or cases; relative paths count from the journey file.
        runs_in: greenlet, thread or process: where components are executed.
        size: how many are executed at once, in a process of the run.
        concurrently: how many executions of each case at once are compared with the one before all others, when each
            journey runs once; under load every execution is compared. 0 compares nothing.
        recording: run folders or stub files that doubles may be like; `None` for none.
        faithful: so large a share of the recorded answers must have the shape of their double's, 0 to 1.
    """

    simulator_kind: ClassVar[str] = "component"
    abstract = True
    pipeline: ClassVar[Pipeline | None] = None
    cases: ClassVar[str | Path | Iterable[Case]] = ()
    runs_in: ClassVar[Place] = "thread"
    size: ClassVar[int] = 8
    concurrently: ClassVar[int] = 4
    recording: ClassVar[str | Path | Iterable[str | Path] | None] = None
    faithful: ClassVar[float] = 0.0
    _floor: ClassVar[Floor | None] = None

    def __init_subclass__(cls, **options: Any) -> None:
        written = cls.pipeline is not None and not vars(cls).get("abstract", False)
        if written and "simulator_name" not in vars(cls):  # not one of those that the engine makes of it
            if cls.runs_in not in PLACES:
                raise UsageError(f"{cls.__name__}.runs_in is one of {', '.join(PLACES)}, not {cls.runs_in!r}")
            cls._floor = Floor(cls, tuple(cls._read_cases()))
            _add_journeys(cls, cls._floor.cases)
        super().__init_subclass__(**options)

    @classmethod
    def all_cases(cls) -> tuple[Case, ...]:
        """The cases, in order."""
        return cls._floor.cases if cls._floor else ()

    @classmethod
    def recorded(cls) -> Recording | None:
        """What doubles are calibrated from; `None` without any."""
        if cls.recording is None:
            return None
        places = [cls.recording] if isinstance(cls.recording, (str, Path)) else list(cls.recording)
        return recorded(*(cls._folder() / place for place in places))

    @classmethod
    def like(cls) -> Like | None:
        """What makes latencies of the recording; `None` without one."""
        recording = cls.recorded()
        return recording.latency_of if recording else None

    def on_start(self) -> None:
        """Open the bench; call this from an `on_start` of your own, or the first journeys will be late."""
        self._opened()

    def take(self, case: Case) -> None:
        """One case, as a step: an operation for each component, evidence of all between when it fails.

        Raises:
            CheckFailed: something else came out than was expected.
            OperationFailed: a component raised something, or others at work at the same time make a difference.
        """
        floor = self._opened()
        assert self.pipeline is not None
        assert floor.bench is not None
        with self.step(self.pipeline.name):
            passages = self._passages(floor.bench, case)
            strange = _strange(floor.alone.get(case.name), passages)
            passage, differs = strange or (passages[0], "")
            self._record(case, passage, differs)
            if differs:
                self._blame_others(case, passage, differs)
            wrong = wrong_with(case, passage)
            if wrong is not None:
                raise CheckFailed(wrong)
            check(case.name not in floor.unfaithful, floor.unfaithful.get(case.name, ""))

    def _opened(self) -> Floor:
        """What all users of this class share, opened by the first of them."""
        floor = self._floor
        assert floor is not None, "a ComponentUser has a pipeline"
        if floor.bench is None:
            with floor.opening:
                if floor.bench is None:
                    floor.open(self.log.warning)
                    self.surroundings.at_end(floor.close)
        return floor

    def _passages(self, bench: Bench, case: Case) -> list[Passage]:
        """One passage, or several at once when this is no load by itself."""
        if not self.concurrently or self.surroundings.stop is not None:
            return [bench.work(case)]
        others = [other for other in self.all_cases() if other.name != case.name][: self.concurrently]
        beside = [gevent.spawn(bench.work, other) for other in others]  # so that cases can get into each other's way
        working = [gevent.spawn(bench.work, case) for _ in range(self.concurrently)]
        beside += [gevent.spawn(bench.work, other) for other in others]
        gevent.joinall([*beside, *working])
        return [greenlet.get() for greenlet in working]

    def _record(self, case: Case, passage: Passage, differs: str) -> None:
        """Write down what each component took; one that raised what was not expected has failed.

        Raises:
            OperationFailed: one has.
        """
        collect = partial(_evidence, case, passage)
        failed = passage.error is not None and not case.raises
        for number, stage in enumerate(passage.stages, 1):
            operation = self.track.operation(stage.component, KIND)
            operation.started_s = self.track.clock() - stage.took_s
            if failed and number == len(passage.stages):
                kind = CONCURRENCY if differs else type(passage.error).__name__
                operation.fail(kind, passage.told, collect=collect)
                raise OperationFailed(passage.told)
            operation.succeed(collect=collect)
        if not passage.stages:
            operation = self.track.operation(case.name, KIND)
            operation.fail(type(passage.error).__name__, passage.told, collect=collect)
            raise OperationFailed(passage.told)

    def _blame_others(self, case: Case, passage: Passage, differs: str) -> None:
        """What came to another result than alone has failed, whatever was expected of it.

        Raises:
            OperationFailed: always.
        """
        last = self.track.last
        assert last is not None
        last.take_back()
        message = f"alone and among others it comes to different results: {differs}"
        self.track.meet(Trouble(last.key, CONCURRENCY, message, partial(_evidence, case, passage)))
        raise OperationFailed(message)

    @classmethod
    def _read_cases(cls) -> list[Case]:
        if isinstance(cls.cases, (str, Path)):
            return cases_of(cls._folder() / cls.cases)
        cases = list(cls.cases)
        names = [case.name for case in cases]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise UsageError(f"two cases of {cls.__name__} are called {twice!r}")
        return cases

    @classmethod
    def _folder(cls) -> Path:
        module = sys.modules.get(cls.__module__)
        return Path(getattr(module, "__file__", None) or Path.cwd() / "_").parent


def _add_journeys(cls: type[ComponentUser], cases: Sequence[Case]) -> None:
    """A journey for each case; with many, one for all of them."""
    if len(cases) > MOST_JOURNEYS:
        _add_journey(cls, "every_case", "every case", 1, partial(_take_all, cases), 0)
        return
    for number, case in enumerate(cases, 1):
        _add_journey(cls, f"case_{number}", case.name, case.weight, partial(_take_all, [case]), case.line)


def _take_all(cases: Sequence[Case], user: ComponentUser) -> None:
    for case in cases[:-1]:
        with user.step(case.name, continue_on_failure=True):
            user.take(case)
    user.take(cases[-1])


def _add_journey(cls: Any, attribute: str, name: str, weight: int, act: Callable[..., None], line: int) -> None:
    def journey(self: Any) -> None:
        act(self)

    about: Any = journey
    about.simulator_steps = (cls.pipeline.name,)
    about.simulator_line = line
    journey.__doc__ = f"{cls.pipeline.name}: {name}"
    setattr(journey, MARK, JourneyMark(name, weight, frozenset(), journey))
    setattr(cls, attribute, journey)


def _strange(alone: Passage | None, passages: Sequence[Passage]) -> tuple[Passage, str] | None:
    """The first passage that differs from the one before all others, and how; `None` when none does."""
    for passage in passages if alone is not None else ():
        assert alone is not None
        if (differs := _unlike(alone, passage)) is not None:
            return passage, differs
    return None


def _unlike(alone: Passage, passage: Passage) -> str | None:
    """How two passages of a case differ, in words; `None` when they do not."""
    if alone.error is not None or passage.error is not None:
        first, second = (f"{type(p.error).__name__}: {p.error}" if p.error else "a result" for p in (alone, passage))
        return None if first == second else f"{second} instead of {first}"
    return "\n".join(differences(alone.result, passage.result)) or None


def _evidence(case: Case, passage: Passage) -> list[Evidence]:
    written = f" ({case.file}:{case.line})" if case.line else ""
    given = case.input if case.arguments is None else case.arguments
    lines = [f"case {case.name}{written}", f"given {given!r}", ""]
    for stage in passage.stages:
        lines += [f"{stage.component}  {stage.took_s * 1000:.3f} ms", f"  given {stage.given}"]
        lines += [f"  {_outcome(stage, passage)}"]
    if passage.calls:
        lines += ["", "doubles were asked", *(f"  {call}" for call in passage.calls)]
    if passage.told:
        lines += ["", passage.told]
    return [Evidence("passage.txt", "\n".join(lines).encode()[:200_000])]


def _outcome(stage: StageRun, passage: Passage) -> str:
    if passage.error is not None and stage is passage.stages[-1]:
        return f"raised {type(passage.error).__name__}: {passage.error}"
    return f"returned {stage.result!r}"[:4000]
