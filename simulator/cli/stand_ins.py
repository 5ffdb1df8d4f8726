"""The virtual services of a run: faults on the run's clock, and what they were asked as part of what is measured."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Thread
from typing import Any

from simulator.environment.environment import Control
from simulator.errors import RunError, UsageError, did_you_mean
from simulator.plan.environment import EnvironmentSpec
from simulator.plan.load import Load, Phase
from simulator.record.failure import Failure, FailureKey, pattern_of
from simulator.record.sample import Reading, SeriesKey
from simulator.record.window import Window
from simulator.virtual.journal import MOST_ENTRIES
from simulator.virtual.remote import Remote

UNDER_WAY_S = 0.1
"""An operation belongs to the phase in which it began; so what was under way gets this long before a fault begins."""
Event = Callable[[float, str, str], None]
"""Keeps something that happened to the run: seconds since it began, kind, text."""


class StandIns:
    """The virtual services of a run, each in its own process.

    Args:
        controls: service → its control interface.
    """

    def __init__(self, controls: Mapping[str, Control]) -> None:
        self._remotes = {name: Remote(name, control.url, control.token) for name, control in controls.items()}
        self._status = {name: remote.status() for name, remote in self._remotes.items()}
        self._on: dict[str, list[str]] = {name: list(status["on"]) for name, status in self._status.items()}
        self._always = {name: list(on) for name, on in self._on.items()}
        self._complained: set[str] = set()
        self._phase = ""
        self._lost: list[RunError] = []

    def begin_phase(self, phase: Phase, event: Event) -> None:
        """A phase begins: what it does not name goes off at once, what it names goes on a moment later."""
        first = not self._phase
        self._phase = phase.name
        later = {}
        for name, remote in self._remotes.items():
            faults = words_of(phase.faults.get(name, ""))
            wanted = [*self._always[name], *(fault for fault in faults if fault not in self._always[name])]
            staying = wanted if first else [fault for fault in self._on[name] if fault in wanted]
            self._switch(name, remote, staying, phase.start_s, event)
            if staying != wanted:
                later[name] = wanted
        if later:
            Thread(target=self._switch_later, args=(later, phase, event), daemon=True).start()

    def read(self, window: Window, at_s: float, event: Event) -> None:
        """Put what the services were asked since the last call into a window.

        Raises:
            RunError: a service cannot be controlled any more.
        """
        for name, remote in self._remotes.items():
            try:
                taken = remote.take()
            except RunError as error:
                taken = {"operations": [], "misses": []}
                if name not in self._complained:  # a service that died is reported as such
                    self._complained.add(name)
                    event(at_s, "virtual service", str(error))
            self._count(name, taken, window, at_s, event)
        if self._lost:
            raise self._lost.pop()

    def told(self) -> dict[str, dict[str, Any]]:
        """What each service says of itself; the last known when it says nothing any more."""
        for name, remote in self._remotes.items():
            try:
                self._status[name] = remote.status()
            except RunError:
                continue
        return self._status

    def journals(self) -> dict[str, list[dict[str, Any]]]:
        """What each service was asked last, and has answered."""
        found = {}
        for name, remote in self._remotes.items():
            try:
                found[name] = remote.journal(last=MOST_ENTRIES)
            except RunError:
                continue  # a service that died is reported as such
        return found

    def _switch(self, name: str, remote: Remote, wanted: list[str], at_s: float, event: Event) -> None:
        before = self._on[name]
        self._on[name] = wanted
        remote.switch(wanted, self._phase)
        for fault in before:
            if fault not in wanted:
                event(at_s, "fault", f"{name}: {fault} off")
        for fault in wanted:
            if fault not in before:
                event(at_s, "fault", f"{name}: {fault} on")

    def _switch_later(self, later: Mapping[str, list[str]], phase: Phase, event: Event) -> None:
        time.sleep(UNDER_WAY_S)
        for name, wanted in later.items():
            if self._phase == phase.name:
                try:
                    self._switch(name, self._remotes[name], wanted, phase.start_s + UNDER_WAY_S, event)
                except RunError as error:
                    self._lost.append(error)

    def _count(self, name: str, taken: Mapping[str, Any], window: Window, at_s: float, event: Event) -> None:
        requests = errors = 0
        for row in taken["operations"]:
            cell = window.cell(SeriesKey("virtual", name, "", "", row["name"], "virtual", row["phase"]))
            cell.add_ok(row["ok_s"], ())
            for failed_s in row["failed_s"]:
                cell.failed.add(failed_s)
            cell.size_bytes += row["bytes"]
            requests += len(row["ok_s"]) + len(row["failed_s"])
            errors += len(row["failed_s"])
        for metric, value in (("requests", requests), ("failures", errors), ("in_flight", taken.get("in_flight", 0))):
            window.readings.append(Reading(name, metric, "", at_s, float(value)))
        for miss in taken["misses"]:
            self._miss(name, miss, window, at_s, event)

    def _miss(self, name: str, miss: Mapping[str, Any], window: Window, at_s: float, event: Event) -> None:
        message = f"no stub of {name} answers {miss['name']}: {miss['differences']}"
        key = FailureKey(name, f"{name} (virtual)", "", miss["name"], "no stub", pattern_of(message), miss["phase"])
        window.fail(Failure(key, message, miss["count"], at_s, at_s))
        if self._status[name].get("strict") and name not in self._complained:
            self._complained.add(name)
            event(at_s, "no stub", f"service {name!r}: {message}")


def words_of(faults: str) -> list[str]:
    """The behaviours that a phase names for one service."""
    return [word.strip() for word in faults.split(",") if word.strip()]


def check_faults(load: Load, environment: EnvironmentSpec, root: Path) -> None:
    """Refuse stub files with mistakes, and faults of services or behaviours that do not exist.

    Raises:
        FileError: a stub file has mistakes.
        UsageError: a phase names what is not there.
    """
    checks = {service.name: _check_of(service.virtual, root) for service in environment.services
              if service.virtual is not None or service.proxy is not None}  # fmt: skip
    for phase in load.phases:
        for name, faults in phase.faults.items():
            if name not in checks:
                message = f"phase {phase.name!r} disturbs {name!r}, which is no virtual service of {environment.name!r}"
                raise UsageError(message, hint=did_you_mean(name, list(checks)) or "give the environment one")
            for fault in words_of(faults):
                try:
                    checks[name](fault)
                except UsageError as error:
                    raise UsageError(f"phase {phase.name!r}, service {name!r}: {error}", hint=error.hint) from error


def _check_of(file: str | None, root: Path) -> Callable[[str], object]:
    """What refuses a behaviour that a service does not have."""
    if file is None:
        from simulator.virtual.tcp_behaviour import tcp_behaviour

        return tcp_behaviour
    from simulator.virtual.stub_file import load_stub_file

    return load_stub_file(root / file).behaviour
