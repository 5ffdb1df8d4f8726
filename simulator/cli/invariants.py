"""Asks a run's invariants, during the load and after it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from simulator.data.store import StoreError, Stores
from simulator.errors import UsageError
from simulator.threshold.invariant import Course, Invariant, rulings_on
from simulator.threshold.ruling import Ruling

LOOK_EVERY_S = 0.1
ASKED_WITHIN_S = 10.0


class Inquiry:
    """The invariants of one run.

    Args:
        invariants: all of them.
        stores: the databases of the environment.
    """

    def __init__(self, invariants: Iterable[Invariant], stores: Stores) -> None:
        self._invariants = list(invariants)
        self._stores = stores
        self._courses = {invariant.name: Course() for invariant in self._invariants}
        self._asking: dict[str, threading.Thread] = {}
        self._next_s = {invariant.name: invariant.every_s for invariant in self._invariants if invariant.during}

    def tick(self, at_s: float) -> None:
        """Ask those whose time has come; does not wait for answers."""
        for invariant in self._invariants:
            due_s = self._next_s.get(invariant.name)
            asking = self._asking.get(invariant.name)
            if due_s is None or at_s < due_s or (asking is not None and asking.is_alive()):
                continue
            self._next_s[invariant.name] = at_s + invariant.every_s
            asking = threading.Thread(target=self._during, args=(invariant, at_s), daemon=True)  # a greenlet, by now
            self._asking[invariant.name] = asking
            asking.start()

    def finish(self, at_s: float) -> None:
        """Ask all, each until it holds or its time is over."""
        for asking in self._asking.values():
            asking.join(ASKED_WITHIN_S)
        for invariant in self._invariants:
            self._final(invariant, at_s, time.monotonic)

    def broken(self) -> list[Ruling]:
        """What is to be said by now of those that did not hold."""
        broken = [invariant for invariant in self._invariants if self._courses[invariant.name].broken]
        return rulings_on(broken, self.told())

    def told(self) -> dict[str, dict[str, Any]]:
        """How each fared, by name."""
        return {name: asdict(course) for name, course in self._courses.items()}

    def _during(self, invariant: Invariant, at_s: float) -> None:
        try:
            self._note(invariant, self._value(invariant), at_s)
        except (StoreError, UsageError):
            return  # the end will tell whether it can be asked at all

    def _final(self, invariant: Invariant, at_s: float, clock: Callable[[], float]) -> None:
        course, started_s = self._courses[invariant.name], clock()
        while True:
            try:
                value = self._value(invariant)
            except (StoreError, UsageError) as error:
                course.problem = str(error)
                return
            waited_s = clock() - started_s
            if invariant.holds(value) or waited_s >= invariant.within_s:
                course.final = True
                self._note(invariant, value, at_s + waited_s)
                return
            time.sleep(LOOK_EVERY_S)

    def _note(self, invariant: Invariant, value: Any, at_s: float) -> None:
        course = self._courses[invariant.name]
        course.asked += 1
        holds = invariant.holds(value)
        if not course.broken:
            course.value, course.at_s = value, at_s
        course.broken += not holds

    def _value(self, invariant: Invariant) -> Any:
        rows = self._stores.named(invariant.database).run(invariant.sql).rows
        if len(rows) != 1:
            raise UsageError(f"{len(rows)} rows came back, where one was expected")
        value = next(iter(rows[0].values()))
        return float(value) if isinstance(value, Decimal) else value
