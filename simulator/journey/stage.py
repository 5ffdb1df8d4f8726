"""What all API users of one process share."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sized
from itertools import count
from typing import Any

from simulator.journey.http.client import Tell
from simulator.journey.http.deadline import Sweeper
from simulator.journey.http.dial import Resolver
from simulator.journey.http.plan import Plan
from simulator.journey.http.response import Response
from simulator.journey.http.wire import Wire
from simulator.journey.operation import Operation
from simulator.journey.place import Map
from simulator.journey.slips import Slips
from simulator.journey.surroundings import Surroundings
from simulator.record.recorder import Recorder

ATTRIBUTE = "simulator_stage"
See = Callable[[Plan, Response, Operation], None]
"""Looks at an answer after its time has been taken."""


class Stage:
    """Recorder, places and network of the users of a process.

    Args:
        recorder: where everything is written down.
        environment: Locust's, whose `request` event is fired for those who listen.
        client: attributes that every new HTTP client gets, such as `timeout_s`.
        numbers: for the users; `None` for all from 0.
        surroundings: databases, queues and data; `None` for none.

    Attributes:
        slips: how users fall behind their pace.
        numbers: gives each user its number, in the order in which they begin to live.
        silent: how many listeners of the `request` event need not hear of what the recorder already knows.
        witness: makes what looks at each answer of a user; `None` when nobody looks, which then costs nothing.
    """

    def __init__(
        self,
        recorder: Recorder,
        environment: Any,
        client: Mapping[str, Any] | None = None,
        numbers: Iterator[int] | None = None,
        surroundings: Surroundings | None = None,
    ) -> None:
        self.surroundings = surroundings or Surroundings()
        self.recorder = recorder
        self.places = Map(recorder)
        self.numbers = numbers or count()
        self.slips = Slips()
        self.client = dict(client or {})
        self.silent = 0
        self.witness: Callable[[Any], See] | None = None
        self._request_event = environment.events.request
        self._resolver = Resolver()
        self._sweeper = Sweeper()

    @classmethod
    def of(cls, environment: Any) -> Stage:
        """The stage that the engine has put up, or, under plain Locust, one of its own."""
        stage = getattr(environment, ATTRIBUTE, None)
        if stage is None:
            stage = cls(Recorder(), environment)
            setattr(environment, ATTRIBUTE, stage)
        assert isinstance(stage, Stage)
        return stage

    def wire(self) -> Wire:
        """Connections for one more user."""
        return Wire(self._resolver, self._sweeper)

    def teller(self, user: Any) -> tuple[Tell, Sized, int]:
        """How listeners hear of this user's requests: what tells them, who they are, and how many need not hear.

        Those are of the engine itself, which knows from the recorder.
        """
        handlers = self._request_event._handlers

        def tell(plan: Plan, response: Response, operation: Operation, failure: Exception | None, context: Any) -> None:
            self._request_event.fire(
                request_type=plan.method,
                name=plan.name.removeprefix(f"{plan.method} "),
                response_time=operation.service_s * 1000,
                response_length=len(response.content),
                response=response,
                context={**user.context(), **(context or {})},
                exception=failure,
                start_time=time.time() - (self.recorder.clock() - operation.started_s),
                url=plan.url,
            )

        if self.witness is None:
            return tell, handlers, self.silent
        see = self.witness(user)

        def see_and_tell(
            plan: Plan, response: Response, operation: Operation, failure: Exception | None, context: Any
        ) -> None:
            see(plan, response, operation)
            if len(handlers) > self.silent:
                tell(plan, response, operation, failure, context)

        return see_and_tell, (see,), 0
