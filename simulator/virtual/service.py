"""A virtual service: from a request to a plan for its answer. It reads no clock and touches no socket."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from simulator.virtual.answer import Answer, plain
from simulator.virtual.behaviour import Active, Behaviour
from simulator.virtual.fault import Delivery, Spoiler
from simulator.virtual.journal import MOST_ANSWER_BYTES, UNMATCHED, Entry, Journal
from simulator.virtual.request import Request
from simulator.virtual.router import Miss, Router
from simulator.virtual.state import State
from simulator.virtual.stub_file import StubFile
from simulator.virtual.template import Scene

MISS_STATUS = 404


@dataclass(slots=True)
class Plan:
    """How one request is answered.

    Attributes:
        request: what was asked.
        operation: what it is called in reports.
        stub: the stub's name, or `None` when none fits.
        phase: the phase in which it came.
        answer: what is sent.
        delay_s: when, after it came.
        delivery: the fault that takes the answer's way, or `None`.
        limits: behaviours that limit throughput or concurrency.
        spoiled: whether a fault changed the answer.
        differences: for a request that no stub answers.
    """

    request: Request
    operation: str
    stub: str | None
    phase: str
    answer: Answer
    delay_s: float = 0.0
    delivery: Delivery | None = None
    limits: tuple[Behaviour, ...] = ()
    spoiled: bool = False
    differences: tuple[str, ...] = ()


class Service:
    """A virtual service.

    Args:
        file: what it is.

    Attributes:
        journal: what it was asked.
        in_flight: requests that it works on at this moment.
        phase: the present phase of the run, or empty text.
    """

    def __init__(self, file: StubFile) -> None:
        self.file = file
        self.journal = Journal()
        self.in_flight = 0
        self.phase = ""
        self._state = State()
        self._random = Random(file.seed)
        self._router = Router(file.stubs, best=file.best)
        self._limits = (file.limits,) if file.limits else ()
        self._on: dict[str, Active] = {}
        self.switch(file.on, 0.0)

    @property
    def on(self) -> list[str]:
        """The behaviours that are on."""
        return list(self._on)

    def switch(self, names: Iterable[str], now_s: float) -> None:
        """Exactly these behaviours are on from now on; those that were on already go on as they are.

        Raises:
            UsageError: one of them does not exist.
        """
        wanted = {name: self.file.behaviour(name) for name in names}
        self._on = {name: self._on.get(name) or Active(behaviour, now_s) for name, behaviour in wanted.items()}

    def plan(self, request: Request, now_s: float) -> Plan:
        """How to answer a request that came now."""
        found = self._router.find(request, self._state)
        if isinstance(found, Miss):
            return self._missed(request, found)
        stub, variables = found
        count = self._state.used(request.user, stub)
        scene = Scene(request, variables, count, self._random)
        try:
            answer = stub.answer_at(count).make(scene)
        except Exception as error:  # an author's function, or a template that meets what it did not expect
            answer = plain(
                500, {"error": "stub_failed", "stub": stub.name, "message": f"{type(error).__name__}: {error}"}
            )
        latency = self.file.latency if stub.latency is None else stub.latency
        made = Plan(request, stub.operation, stub.name, self.phase, answer,
                    latency.draw(self._random, self.in_flight), limits=self._limits)  # fmt: skip
        for active in self._on.values():
            self._touch(made, active, now_s)
        return made

    def note(self, plan: Plan, came_s: float, took_s: float, *, sent: bool) -> None:
        """A request has been dealt with."""
        status = plan.answer.status if sent else 0
        failed = not sent or status >= 500 or plan.spoiled or plan.stub is None
        answer = plan.answer if sent and len(plan.answer.body) <= MOST_ANSWER_BYTES else None
        entry = Entry(came_s, plan.phase, plan.request, plan.stub, status, took_s, failed, plan.differences, answer)
        self.journal.add(entry, plan.operation, len(plan.answer.body))

    def take(self) -> Mapping[str, Any]:
        """Times by operation, and requests without a stub, since the last call."""
        return {**self.journal.take(), "in_flight": self.in_flight}

    def recent(self, last: int) -> list[Any]:
        """The last requests, newest last."""
        entries = list(self.journal.entries)
        return [entry.to_plain() for entry in entries[len(entries) - min(last, len(entries)) :]]

    def forget(self) -> None:
        """Journal, counters and every user's state begin anew."""
        self.journal.forget()
        self._state.forget()

    def status(self) -> Mapping[str, Any]:
        """What it is and how it goes, for JSON."""
        return {
            "service": self.file.name,
            "strict": self.file.strict,
            "on": self.on,
            "behaviours": sorted(self.file.behaviours),
            "phase": self.phase,
            "in_flight": self.in_flight,
            "requests": self.journal.count,
            "unmatched": self.journal.unmatched,
            "stubs": {stub.name: self.journal.uses.get(stub.name, 0) for stub in self.file.stubs},
            "unused": self.unused(),
        }

    def unused(self) -> list[str]:
        """Stubs that have answered nothing."""
        return [stub.name for stub in self.file.stubs if stub.name not in self.journal.uses]

    def _touch(self, plan: Plan, active: Active, now_s: float) -> None:
        assert plan.stub is not None
        if not active.touches(plan.stub, now_s, self._random):
            return
        behaviour, fault = active.behaviour, active.behaviour.fault
        plan.delay_s += active.delay_s(now_s, self._random, self.in_flight)
        if behaviour.bytes_per_s is not None or behaviour.concurrency is not None:
            plan.limits = (*plan.limits, behaviour)
        if isinstance(fault, Spoiler):
            spoiled = fault.spoil(plan.request, plan.answer, now_s)
            plan.spoiled = plan.spoiled or spoiled is not plan.answer
            plan.answer = spoiled
        elif isinstance(fault, Delivery):
            plan.delivery = plan.delivery or fault
            plan.spoiled = True

    def _missed(self, request: Request, miss: Miss) -> Plan:
        nearest = miss.nearest.name if miss.nearest else None
        told = {
            "error": "no stub answers this request",
            "request": f"{request.method} {request.target}",
            "nearest": nearest,
            "differences": list(miss.differences),
        }
        differences = (f"nearest stub {nearest!r}", *miss.differences) if nearest else ("there are no stubs",)
        answer = plain(MISS_STATUS, told)
        return Plan(request, UNMATCHED, None, self.phase, answer, differences=differences)
