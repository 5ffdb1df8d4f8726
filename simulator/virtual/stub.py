"""One stub: which requests it answers, in which state, with what, and how quickly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from simulator.virtual.answer import AnswerSpec
from simulator.virtual.demand import Demand
from simulator.virtual.latency import Latency
from simulator.virtual.path import PathRule
from simulator.virtual.request import Request

ANY_METHOD = "ANY"
FIRST_STATE = "started"


@dataclass(frozen=True)
class Scenario:
    """A stub's part in a story: it answers in one state, and moves on to another.

    Attributes:
        name: of the story; stubs with the same name share its state.
        when: the state in which it answers; `None` for any. Every story begins as `started`.
        then: the state after it answered; `None` to stay.
    """

    name: str
    when: str | None = None
    then: str | None = None


@dataclass(frozen=True, eq=False)
class Stub:
    """One stub.

    Attributes:
        name: unique in its file.
        method: in capitals, or `ANY`.
        path: which paths.
        demands: what else a request must have.
        answers: in turn, one by one for each user; a single one is given always.
        repeats: after the last answer the first comes again; otherwise the last stays.
        scenario: its part in a story, or `None`.
        latency: how long it takes; `None` for the service's.
        priority: lower ones are asked first.
    """

    name: str
    method: str
    path: PathRule
    demands: tuple[Demand, ...] = ()
    answers: tuple[AnswerSpec, ...] = (AnswerSpec(),)
    repeats: bool = False
    scenario: Scenario | None = None
    latency: Latency | None = None
    priority: int = 5

    @cached_property
    def operation(self) -> str:
        """What its requests are called in reports."""
        return f"{self.method} {self.path.text}" if self.path.text.startswith("/") else self.name

    def answer_at(self, count: int) -> AnswerSpec:
        """The answer to a user's n-th request, counted from 1."""
        if len(self.answers) == 1:
            return self.answers[0]
        at = (count - 1) % len(self.answers) if self.repeats else min(count, len(self.answers)) - 1
        return self.answers[at]

    def variables(self, method: str, path: str, target: str) -> Mapping[str, str] | None:
        """The path's variables when method and path fit, else `None`."""
        if self.method not in (ANY_METHOD, method):
            return None
        return self.path.variables(path, target)

    def differences(self, request: Request, state: str | None) -> list[str]:
        """In words, everything in which a request differs from what the stub answers."""
        found = []
        if self.method not in (ANY_METHOD, request.method):
            found.append(f"method: equals {self.method!r}, found {request.method!r}")
        if self.path.variables(request.path, request.target) is None:
            found.append(f"path: is {self.path.text!r}, found {request.path!r}")
        found += [demand.difference(request) for demand in self.demands if not demand.met(request)]
        if self.scenario is not None and self.scenario.when not in (None, state):
            found.append(f"state of {self.scenario.name!r}: is {self.scenario.when!r}, found {state!r}")
        return found
