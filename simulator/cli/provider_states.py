"""How the states of a provider are brought about: an address, a function, a file of states, or test data.

The contracts' side knows nothing of test data. A state that is made of it is asked for at an address of this process,
which puts the rows in and takes them away again.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any
from uuid import uuid4

from simulator.contract.interaction import Contract
from simulator.contract.pact.states import StateServer
from simulator.data.cleaning import clean
from simulator.data.ledger import Ledger, read_ledger
from simulator.data.reach import Reach
from simulator.data.seeding import seed
from simulator.data.spec import Spec
from simulator.data.spec_file import load_spec
from simulator.data.store import Store, Stores
from simulator.document import read_document
from simulator.errors import UsageError
from simulator.node import Problems

STATE_KEYS = ("requests", "captures", "command", "after", "function", "values", "url", "data")


@dataclass(frozen=True)
class ProviderStates:
    """What `--states` says.

    Attributes:
        ways: as `StateServer` takes them, test data left out.
        data: state → the data whose rows are there in it.
        always: data whose rows are there in every state; `None` for none.
    """

    ways: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Spec] = field(default_factory=dict)
    always: Spec | None = None


@dataclass(frozen=True)
class Provider:
    """A provider that is up.

    Attributes:
        url: its address; `None` when only messages are verified.
        databases: name → `url` and more, of its environment.
    """

    url: str | None
    databases: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def read_states(given: str | None) -> ProviderStates:
    """What `--states` says.

    Raises:
        UsageError: it is none of what it may be.
        FileError: the file, or a data spec that it names, has mistakes.
    """
    if given is None:
        return ProviderStates()
    if "://" in given:
        return ProviderStates({"url": given})
    path = Path(given)
    if path.suffix in (".yaml", ".yml"):
        if _is_data(path):
            return ProviderStates(always=load_spec(path, os.environ))
        declared = declared_states(path)
        named = {state: path.parent / how["data"] for state, how in declared.items() if how and "data" in how}
        specs = {file: load_spec(file, os.environ) for file in dict.fromkeys(named.values())}
        return ProviderStates({"declared": declared}, {state: specs[file] for state, file in named.items()})
    if ":" not in given:
        raise UsageError(f"--states {given}: neither an address, nor module:function, nor a YAML file")
    return ProviderStates({"function": given})


def declared_states(path: Path) -> dict[str, Any]:
    """State → how it is brought about, from a YAML file.

    Raises:
        FileError: with every mistake.
    """
    problems = Problems()
    node = read_document(path, environ=os.environ, problems=problems)
    states = node.mapping(("states",), required=("states",)).get("states")
    for state in states.mapping().values() if states else ():
        if state.kind != "nothing":
            entries = state.mapping(STATE_KEYS)
            if "data" in entries:
                entries["data"].text()
    problems.raise_if_any()
    assert states is not None
    found: dict[str, Any] = states.typed()
    return found


@contextmanager
def brought_about(states: ProviderStates, provider: Provider, sources: Iterable[Any]) -> Iterator[Mapping[str, Any]]:
    """The ways as `StateServer` takes them, test data included; its rows are gone when the block ends, however it ends.

    Args:
        states: what `--states` says.
        provider: where the rows go.
        sources: the contracts whose states are wanted.

    Raises:
        UsageError: rows go into a table, and the provider has no databases.
    """
    specs = dict(states.data)
    if states.always is not None:
        wanted = (state.name for source in sources if isinstance(source, Contract)
                  for interaction in source.interactions for state in interaction.states)  # fmt: skip
        specs = dict.fromkeys(wanted, states.always)
    if not specs:
        yield states.ways
        return
    for spec in specs.values():
        _check_databases(spec, provider)
    stores = Stores({name: settings["url"] for name, settings in provider.databases.items()}, Store)
    try:
        with DataStates(specs, provider.url or "", stores) as server:
            declared = dict(states.ways.get("declared") or {})
            for state in specs:
                declared[state] = {**(declared.get(state) or {}), "url": server.url}
            yield {**states.ways, "declared": declared}
    finally:
        stores.close()


class DataStates(StateServer):
    """Puts in and takes away the test data of states, as it is asked to.

    States of one spec share its rows: those go in for the first, and away after the last.

    Args:
        specs: state → its data.
        url: the provider's address.
        stores: its databases.
    """

    def __init__(self, specs: Mapping[str, Spec], url: str, stores: Stores) -> None:
        super().__init__(url, {})
        self._folder = TemporaryDirectory()
        sets: dict[int, _Rows] = {}
        self._rows = {state: sets.setdefault(id(spec), _Rows(spec, url, stores, Path(self._folder.name)))
                      for state, spec in specs.items()}  # fmt: skip
        self._one_at_a_time = Lock()

    def bring_about(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Bring one state about, or take it down again.

        Raises:
            SimulatorError: a row was refused; what went in before it is away again.
            RuntimeError: something stays behind.
        """
        rows = self._rows[str(asked["state"])]
        with self._one_at_a_time:
            if asked.get("action") == "teardown":
                rows.leave(str(asked["state"]))
            else:
                rows.enter(str(asked["state"]))
        return {}

    def __exit__(self, *about: Any) -> None:
        super().__exit__(*about)
        try:
            for rows in self._rows.values():
                rows.take_away()
        finally:
            self._folder.cleanup()


class _Rows:
    """The rows of a spec, and the states that need them at present."""

    def __init__(self, spec: Spec, url: str, stores: Stores, folder: Path) -> None:
        home = spec.file.parent if spec.file is not None else Path.cwd()
        self._spec, self._reach = spec, Reach(url, stores, f"contract-{uuid4().hex[:8]}", home)
        self._ledger = folder / f"{self._reach.run}.jsonl"
        self._states: set[str] = set()

    def enter(self, state: str) -> None:
        if not self._states:
            ledger = Ledger(self._ledger)
            try:
                seed(self._spec, self._reach, ledger)
            except BaseException:
                self.take_away()
                raise
            finally:
                ledger.close()
        self._states.add(state)

    def leave(self, state: str) -> None:
        self._states.discard(state)
        if not self._states and (failures := self.take_away()):
            raise RuntimeError(f"left behind: {'; '.join(failures)}")

    def take_away(self) -> list[str]:
        """Returns what went wrong, which is also told."""
        if not self._ledger.exists():
            return []
        story = read_ledger(self._ledger)
        failures = list(clean(self._spec, story, self._reach).failures)
        for failure in failures:
            print(f"data: left behind: {failure}", file=sys.stderr)
        self._ledger.unlink(missing_ok=True)
        self._states.clear()
        return failures


def _check_databases(spec: Spec, provider: Provider) -> None:
    tables = [entity.name for entity in spec.entities.values() if entity.into and entity.into.way == "table"]
    if tables and not provider.databases:
        raise UsageError(f"{spec.file} puts {tables[0]} into a table, and this provider has no databases",
                         hint="--provider ENVIRONMENT, which names them")  # fmt: skip


def _is_data(path: Path) -> bool:
    """Whether a file is a data spec."""
    node = read_document(path, environ=os.environ, problems=Problems())
    return node.kind == "mapping" and node.get("entities") is not None
