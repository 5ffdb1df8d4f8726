"""Test data of a run: put in before it, written down during it, taken away after it, however it ends."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from math import ceil
from pathlib import Path
from typing import Any

from simulator.cli.project_arguments import project_here
from simulator.cli.rehearsal import Rehearsal
from simulator.data.cleaning import clean
from simulator.data.feeder import size_of
from simulator.data.ledger import FILE_NAME, Ledger, read_ledger
from simulator.data.reach import Reach
from simulator.data.seeding import seed
from simulator.data.spec import Spec
from simulator.data.spec_file import load_spec
from simulator.data.store import Store, Stores
from simulator.engine.aside import aside
from simulator.environment.environment import Environment
from simulator.environment.template import fill
from simulator.errors import UsageError
from simulator.plan.environment import EnvironmentSpec
from simulator.plan.forecast import rows_needed
from simulator.record.folder import RunFolder

Settings = Mapping[str, Mapping[str, str]]


class RunData:
    """The test data of one run.

    Args:
        spec: what is put in and how it is taken away; `None` when the run has no test data.
        environment: that is up.
        folder: the run's.
        tell: is told of what happens.
        name: the environment's.

    Attributes:
        stores: the environment's databases.
    """

    def __init__(
        self, spec: Spec | None, environment: Environment, folder: RunFolder, tell: Callable[[str], object], name: str
    ) -> None:
        self._spec, self._environment, self._folder, self._tell = spec, environment, folder, tell
        self._path = folder.path / FILE_NAME
        self.stores = stores_of(environment.databases)
        self._reach = Reach(environment.host, self.stores, folder.path.name, _home(spec))
        self._cleaned = spec is None
        if spec is not None:
            ledger = Ledger(self._path)
            facts = {"environment": name, "values": dict(environment.values), "host": environment.host}
            ledger.begin({**facts, "data": str(spec.file)})
            ledger.close()

    def seed(self) -> None:
        """Put in what the spec says.

        Raises:
            BringUpError: a row was refused.
        """
        if self._spec is None:
            return
        ledger = Ledger(self._path)
        try:
            seed(self._spec, self._reach, ledger, self._tell)
        finally:
            ledger.close()

    def given(self) -> dict[str, Any]:
        """What users get."""
        from simulator.journey.surroundings import Given

        environment, file = self._environment, self._spec.file if self._spec else None
        return asdict(
            Given(
                databases=environment.databases,
                queues=environment.queues,
                data=str(file.resolve()) if file else None,
                ledger=str(self._path.resolve()) if self._spec else None,
                run=self._folder.path.name,
            )
        )

    def clean(self) -> list[str]:
        """Take away what was created, once; returns what went wrong."""
        if self._cleaned or self._spec is None:
            return []
        self._cleaned = True
        return cleaned(self._spec, self._path, self._reach, self._tell)

    def close(self) -> None:
        """Take away what is still there, and hang up."""
        try:
            self.clean()
        finally:
            self.stores.close()


@contextmanager
def run_data(
    plan: Rehearsal, environment: Environment, folder: RunFolder, tell: Callable[[str], object]
) -> Iterator[RunData]:
    """The test data of a run; what was created is taken away when the block ends, however it ends."""
    spec = spec_of(plan.environment, plan.root)
    data = RunData(spec, environment, folder, tell, plan.environment.name)
    try:
        yield data
    finally:
        data.close()


def spec_of(environment: EnvironmentSpec, root: Path) -> Spec | None:
    """The data spec that an environment names; `None` when it names none.

    Raises:
        FileError: it has mistakes.
    """
    return None if environment.data is None else load_spec(root / environment.data, os.environ)


def check_plan(plan: Rehearsal) -> None:
    """Look at a run's test data before anything is started.

    Raises:
        FileError: the spec has mistakes.
        UsageError: the load would run out of rows.
    """
    spec = spec_of(plan.environment, plan.root)
    if spec is not None and not plan.once:
        check_enough(spec, rows_needed(plan.cast, plan.load, plan.options.iterations))


def check_enough(spec: Spec, needed: Mapping[str, float]) -> None:
    """Refuse a load that would run out of rows that are for one use.

    Raises:
        UsageError: it would; says how many rows are missing.
    """
    missing = []
    for name, count in needed.items():
        feeder = spec.feeders.get(name)
        size = size_of(spec, feeder) if feeder and feeder.mode == "unique" else None
        if size is not None and ceil(count) > size:
            missing.append(
                f"feeder {name!r} has {size} rows, this load takes {ceil(count)}: {ceil(count) - size} are missing"
            )
    if missing:
        raise UsageError("\n".join(missing), hint="give the feeder more rows, or the run less load")


def stores_of(databases: Settings) -> Stores:
    """The databases of an environment; SQLite, which waits without letting anybody on, is asked in another thread."""
    one_at_a_time = threading.Lock()

    def elsewhere(act: Callable[..., Any], *args: Any) -> Any:
        with one_at_a_time:
            return aside(act, *args)

    urls = {name: settings["url"] for name, settings in databases.items()}
    return Stores(urls, lambda url: Store(url, aside=elsewhere))


def cleaned(spec: Spec, ledger: Path, reach: Reach, tell: Callable[[str], object]) -> list[str]:
    """Take away what a ledger names; returns what went wrong. A ledger of which nothing is left says so."""
    story = read_ledger(ledger)
    outcome = clean(spec, story, reach)
    if outcome.done:
        tell(f"data: {outcome.done} things taken away")
    for failure in outcome.failures:
        tell(f"data: left behind: {failure}")
    if not outcome.failures:
        book = Ledger(ledger)
        book.done()
        book.close()
    return list(outcome.failures)


def is_clean(folder: Path) -> bool:
    """Whether a run folder has nothing that still has to be taken away."""
    story = read_ledger(folder / FILE_NAME)
    return story.done or story.empty


def clean_run(folder: Path, environment: str | None) -> int:
    """Take away what a run created and could not take away itself; returns the exit code.

    Raises:
        UsageError: there is no ledger in the folder, or what it refers to is not there any more.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        raise UsageError(f"{folder} has no {FILE_NAME}: it created nothing that is written down")
    story = read_ledger(path)
    if story.done:
        print(f"{folder}: everything was taken away already")
        return 0
    if not story.facts:
        raise UsageError(f"{path} does not say where the run was", hint="name --environment")
    reach, spec = _reach_again(folder, story.facts, environment)
    try:
        failures = cleaned(spec, path, reach, print)
    finally:
        reach.stores.close()
    if story.torn:
        print(f"{path}: {story.torn} lines were cut off and cannot be read")
    return 1 if failures else 0


def _reach_again(folder: Path, facts: Mapping[str, Any], name: str | None) -> tuple[Reach, Spec]:
    """Where a run acted, with the addresses that its services had; passwords come from `simulator.yaml` again."""
    project = project_here()
    known = project.environments.get(name or facts["environment"])
    if name is not None:
        known = project.environment_named(name)
    spec = load_spec(Path(facts["data"]), os.environ)
    databases: dict[str, str] = {}
    for database, settings in (known.databases if known else {}).items():
        databases[database] = fill(settings["url"], facts["values"], where=f"database {database!r}")
    return Reach(facts["host"], Stores(databases, Store), folder.resolve().name, _home(spec)), spec


def _home(spec: Spec | None) -> Path:
    return spec.file.parent if spec is not None and spec.file is not None else Path.cwd()
