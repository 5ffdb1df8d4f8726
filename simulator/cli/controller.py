"""One run, from the first service to the last report."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from simulator.cli.browsers import with_addresses
from simulator.cli.contracts_of_run import CollectedContracts, contracts_noted
from simulator.cli.github import tell_github
from simulator.cli.invariants import Inquiry
from simulator.cli.judgement import judge_and_write
from simulator.cli.names import planned_journeys, planned_phases
from simulator.cli.once import drive_once
from simulator.cli.rehearsal import Rehearsal
from simulator.cli.services import Services
from simulator.cli.signals import Signals
from simulator.cli.stand_ins import StandIns
from simulator.cli.test_data import check_plan, is_clean, run_data
from simulator.cli.view import View
from simulator.cli.whereto import awaited, listener_of, own_hosts
from simulator.data.store import Stores
from simulator.engine.aside import aside
from simulator.engine.browser import BrowserHost, browser_for
from simulator.engine.browser.capacity import kept_cost, warning
from simulator.engine.conduct import Field, conduct
from simulator.engine.crew import Crew
from simulator.engine.drive import drive
from simulator.engine.ending import Ending, Progress, StopSignal
from simulator.environment.environment import Environment, brought_up
from simulator.environment.ledger import FOLDER as LEDGERS
from simulator.environment.ledger import Ledger, stop_leftovers
from simulator.environment.target import await_target
from simulator.errors import RunError
from simulator.monitor.collapse import Collapse
from simulator.monitor.listener import Listener
from simulator.monitor.machine import machine, versions
from simulator.monitor.process_tree import ProcessTree, machine_readings
from simulator.plan.load import Phase
from simulator.record.data_file import DataWriter
from simulator.record.folder import RunFolder
from simulator.record.manifest import Manifest, ThresholdFile
from simulator.record.measurements import Measurements
from simulator.record.sample import PhaseSpan, Reading
from simulator.record.secrecy import Secrecy
from simulator.record.window import Window
from simulator.threshold.judge import certain_to_fail, judge
from simulator.threshold.threshold import limits_of
from simulator.threshold.verdict import title

LIVE_SECONDS = 300


class Controller:
    """Runs one rehearsal.

    Args:
        rehearsal: what was planned and checked.
        view: where the run is shown while it goes on.

    Attributes:
        judged: the run's folder and what its `run.json` says, once it has been judged; `None` before.
    """

    def __init__(self, rehearsal: Rehearsal, view: View) -> None:
        self.judged: tuple[Path, Mapping[str, Any]] | None = None
        self._plan = rehearsal
        self._view = view
        self._stop = StopSignal()
        self._secrecy = Secrecy(rehearsal.secrets)
        self._live = Measurements(limits_of(rehearsal.thresholds), keep_s=LIVE_SECONDS)
        self._trees: list[ProcessTree] = []
        self._listener = Listener(())
        self._stand_ins = StandIns({})
        self._options = rehearsal.options
        self._inquiry = Inquiry((), Stores({}))
        self._lost: RunError | None = None
        self._said = False
        self._collapse = Collapse()
        self._browser_options = rehearsal.browser

    def run(self) -> int:
        """Bring up, drive, judge, write; returns the exit code."""
        started_at = datetime.now(UTC).astimezone()
        folder = RunFolder.create(self._plan.out, started_at, self._plan.build)
        with Signals(self._stop) as signals:
            try:
                with self._view:
                    self._drive_within_environment(folder, started_at, signals)
            except BaseException:
                if self._live.last_second < 0 and is_clean(folder.path):  # nothing was measured: nothing to keep
                    shutil.rmtree(folder.path, ignore_errors=True)
                raise
            self._secrecy.mask_folder(folder.path)
            if self._lost is not None:
                raise self._lost
            run = judge_and_write(folder, strict=self._plan.strict, interrupted=signals.name)
        self.judged = (folder.path, run.document)
        self._view.last_screen(run)
        tell_github(run, os.environ)
        return int(run.document["exit_code"])

    def _drive_within_environment(self, folder: RunFolder, started_at: datetime, signals: Signals) -> None:
        spec = self._plan.environment
        check_plan(self._plan)
        running = self._plan.out.resolve() / LEDGERS
        stop_leftovers(running, self._view.note)
        environment = Environment(spec, folder.path / "logs", cwd=self._plan.root, tell=self._note,
                                  ledger=Ledger(running), keep=self._plan.keep)  # fmt: skip
        with brought_up(environment), run_data(self._plan, environment, folder, self._view.note) as data:
            for host in awaited(environment.host, self._plan.cast, self._plan.options.web):
                await_target(host)
            data.seed()
            self._options = replace(self._plan.options, given=data.given())
            self._inquiry = Inquiry(self._plan.invariants, data.stores)
            self._stand_ins = StandIns(environment.controls)
            self._trees = [ProcessTree(name, pid) for name, pid in environment.pids().items()]
            self._listener = listener_of(spec, environment.urls)
            self._browser_options = with_addresses(self._plan.browser, environment.urls)
            browser = browser_for(self._plan.cast, self._plan.load, environment.host, self._browser_options)
            if browser is not None:
                self._warn_of_too_many_browsers()
            manifest = self._manifest(folder, started_at, environment.host, browser)
            with self._writer(folder, manifest) as writer:
                self._view.begin(manifest)
                signals.driving = True
                try:
                    ending = self._drive(environment, folder, writer, browser)
                finally:
                    self._listener.stop()
                for problem in self._listener.problems():
                    self._note(problem)
                if self._lost is None:
                    self._collect_contracts(ending, environment, folder)
                    self._tell_notes(ending, writer)
                    writer.phases(ending.phases)
                    writer.note("ending", _ending(ending))
                    writer.note("virtual", self._stand_ins.told())
                    self._inquiry.finish(ending.duration_s)
                    writer.note("invariants", self._inquiry.told())
                    for failure in data.clean():
                        writer.event(ending.duration_s, "left behind", failure)

    def _drive(
        self, environment: Environment, folder: RunFolder, writer: DataWriter, browser: BrowserHost | None
    ) -> Ending:
        def on_second(window: Window, progress: Progress) -> str | None:
            window.readings += aside(self._readings, progress.elapsed_s)
            window.readings += self._listener.take(progress.elapsed_s)
            self._stand_ins.read(window, progress.elapsed_s, writer.event)
            self._inquiry.tick(progress.elapsed_s)
            self._secrecy.mask_window(window)
            self._say_that_it_stops()
            try:
                for failure in window.failures.values():
                    folder.keep_evidence(failure)
                writer.append(window)  # first: what is added to the live figures may be changed by that
            except RunError as error:
                self._lost = self._lost or error
                return str(error)
            collapse = None if plan.once else self._collapse.add(window)
            self._live.add(window)
            if collapse:
                writer.event(progress.elapsed_s, "collapsed", collapse)
            return self._died(environment, writer, progress) or collapse or self._judge_live(progress)

        def on_phase(phase: Phase) -> None:
            self._live.begin_phase(PhaseSpan(phase.name, phase.start_s, None, phase.measured))
            writer.phases(self._live.phases)
            self._stand_ins.begin_phase(phase, writer.event)
            self._collapse = Collapse(active=not phase.faults)

        plan, options = self._plan, self._options
        if plan.once:
            [phase] = plan.load.phases
            on_phase(phase)
            services = Services(environment.host, environment.urls, environment.databases)
            return drive_once(
                plan, services, browser, stop=self._stop, writer=writer, view=self._view, options=options,
                store=lambda window: on_second(window, Progress(phase.name, float(window.second))),
            )  # fmt: skip
        if field := self._field():
            return conduct(
                plan.cast, plan.load, environment.host, field, limits_s=self._live.limits_s, on_second=on_second,
                on_phase=on_phase, stop=self._stop, options=options, browser=self._browser_options,
            )  # fmt: skip
        return drive(
            plan.cast, plan.load, environment.host, limits_s=self._live.limits_s, on_second=on_second,
            on_phase=on_phase, stop=self._stop, browser=browser, options=options,
        )  # fmt: skip

    def _warn_of_too_many_browsers(self) -> None:
        """Say before the load what this machine will not carry."""
        about = machine()
        text = warning(
            self._plan.cast, self._plan.load, kept_cost(), cores=float(about["cores"]),
            memory_bytes=float(psutil.virtual_memory().available), workers_elsewhere=bool(self._plan.workers.remote),
        )  # fmt: skip
        if text is not None and not self._plan.once:
            self._view.note(f"warning: {text}")

    def _field(self) -> Field | None:
        """Where workers come from; `None` for a run in this process alone."""
        workers = self._plan.workers
        if not workers.local and not workers.remote:
            return None
        files = sorted({user.file for user in self._plan.cast.users})
        crew = Crew(workers.local, files, self._plan.root)
        return Field(crew, workers.remote, workers.address, workers.port, workers.key)

    def _collect_contracts(self, ending: Ending, environment: Environment, folder: RunFolder) -> None:
        if self._plan.collect is None:
            return
        where = Path(self._plan.collect) if self._plan.collect else folder.path / "contracts"
        contracts = CollectedContracts(where, self._plan.pact_version, environment)
        for text in contracts.write(ending.collected, self._stand_ins.journals()):
            self._view.note(text)

    def _tell_notes(self, ending: Ending, writer: DataWriter) -> None:
        for at_s, kind, text in ending.notes:
            writer.event(at_s, kind, self._secrecy.masked(text))
            self._note(text)

    def _say_that_it_stops(self) -> None:
        """Journeys under way may take long to finish; whoever pressed Ctrl-C wants to know why."""
        if self._stop and not self._stop.now and not self._said:
            self._said = True
            self._note(f"{self._stop.reason}; journeys under way may finish, a second signal cuts them off")

    def _note(self, text: str) -> None:
        self._view.note(self._secrecy.masked(text))

    def _readings(self, at_s: float) -> list[Reading]:
        """CPU and memory of the services and of the machine."""
        return [*(reading for tree in self._trees for reading in tree.read(at_s)), *machine_readings(at_s)]

    def _died(self, environment: Environment, writer: DataWriter, progress: Progress) -> str | None:
        for death in environment.deaths():
            text = self._secrecy.masked(
                f"service {death.name!r} ended with exit code {death.exit_code}: {death.last_words}"
            )
            writer.event(progress.elapsed_s, "service died", text)
            self._view.note(text)
        return None

    def _judge_live(self, progress: Progress) -> str | None:
        thresholds, names = self._plan.thresholds, self._plan.known
        rulings = aside(judge, thresholds, self._live, final=False, plan_names=names)
        self._view.second(progress, self._live, [*rulings, *self._inquiry.broken()])
        certain = aside(certain_to_fail, thresholds, self._live, plan_names=names)
        return f"cannot pass any more: {title(certain[0])}: {certain[0].reason}" if certain else None

    @contextmanager
    def _writer(self, folder: RunFolder, manifest: Manifest) -> Iterator[DataWriter]:
        writer = folder.writer()
        writer.note("manifest", manifest.to_plain())
        writer.note("limits_s", list(manifest.limits_s))
        writer.note("contracts", contracts_noted(self._plan.options.contracts))
        try:
            yield writer
        finally:
            writer.finish(self._live.totals)

    def _manifest(self, folder: RunFolder, started_at: datetime, host: str, browser: BrowserHost | None) -> Manifest:
        plan = self._plan
        return Manifest(
            run=folder.path.name,
            build=plan.build,
            started_at=started_at.isoformat(timespec="seconds"),
            host=self._secrecy.masked(host or ", ".join(own_hosts(plan.cast))),
            environment=plan.environment.name,
            profile=plan.profile,
            command=self._secrecy.masked(plan.command),
            machine=machine(),
            versions={**versions(), **({"browser": browser.description} if browser else {})},
            phases=planned_phases(plan.load),
            journeys=planned_journeys(plan.cast),
            thresholds=[ThresholdFile(str(file), _text(file)) for file in plan.threshold_files],
            limits_s=self._live.limits_s,
            services=[service.name for service in plan.environment.services],
            most_loop_lag_s=plan.most_loop_lag_s,
            most_browser_wait_ratio=plan.most_browser_wait_ratio,
            most_browser_deaths=plan.most_browser_deaths,
            baseline=[str(path) for path in plan.baseline],
            against=plan.against,
            pid=os.getpid(),
        )


def _ending(ending: Ending) -> dict[str, object]:
    plain = {"how": ending.how, "reason": ending.reason, "duration_s": ending.duration_s}
    workers = {"workers": ending.workers, "lost_workers": ending.lost_workers, "lost_ratio": ending.lost_ratio}
    return {**plain, **(workers if ending.workers else {})}


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace")
