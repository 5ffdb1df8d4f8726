"""Contracts as parts of a suite: each is held once against the service that has to keep it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from simulator.cli.contract_verify import How, held
from simulator.cli.provider_states import Provider, brought_about, read_states
from simulator.cli.services import Services
from simulator.contract.openapi.description import Description
from simulator.contract.openapi.exercise import CHECKS, ExerciseOptions
from simulator.contract.source import read_source
from simulator.contract.verification import Checked, ProviderOptions, Verification
from simulator.journey.check import check
from simulator.journey.mark import journey
from simulator.journey.users import Actor
from simulator.plan.cast import Cast, UserSpec
from simulator.plan.contract_file import provider_of
from simulator.plan.item import Item
from simulator.plan.promises import Promises
from simulator.record.sample import Sample


def with_contract_checks(cast: Cast, services: Services, promises: Promises, root: Path) -> Cast:
    """The cast with a class for each contract that checks it.

    Raises:
        UsageError: what brings providers into states is none of what it may be.
        FileError: a contract, or a file of states, has mistakes.
    """
    checks = {user.name: _class_of(user, services, promises, root) for user in cast.of_kind("contract")}
    return replace(cast, classes={**cast.classes, **checks})


def unable(items: Sequence[Item], services: Services) -> dict[str, str]:
    """Item → why it cannot be checked here, for contracts."""
    sources = {item.name: read_source(Path(item.file)) for item in items if item.kind == "contract"}
    providers = sorted({provider_of(source) for source in sources.values()})
    found = {}
    for name, source in sources.items():
        needed = "schemathesis" if isinstance(source, Description) else "pact"
        if find_spec(needed) is None:
            found[name] = "checking contracts needs: pip install 'simulator[contract]'"
        elif not services.urls and len(providers) > 1:
            found[name] = f"contracts of {', '.join(filter(None, providers))} and one address: --select touches:NAME"
        elif services.urls and provider_of(source) and provider_of(source) not in services.urls:
            found[name] = f"no service of the environment is called {provider_of(source)}"
    return found


class ContractCheck(Actor):
    """Holds a contract against its provider; each interaction is a step."""

    simulator_kind = "contract"
    abstract = True

    def verified(self) -> Verification:
        """What became of the contract's promises."""
        raise NotImplementedError

    @journey
    def contract(self) -> None:
        """Ask for everything that is promised."""
        verification = self.verified()
        check(any(each.result != "not checked" for each in verification.checked), "nothing was checked")
        for each in verification.checked:
            self._count(each)
        for note in verification.notes:
            self.log.warning("%s", note)

    def _count(self, checked: Checked) -> None:
        """One promise as a step that took as long as its verification did."""
        if checked.result == "kept" and checked.took_s is not None:
            key = self.track.place.at(checked.name).own.now.key
            self.track.recorder.add(Sample(key, "ok", checked.took_s))
            return
        with self.step(checked.name, continue_on_failure=True):
            why = "; ".join([*checked.reasons, *filter(None, [checked.place])])
            check(checked.result in ("kept", "pending"), why or checked.result)


def _class_of(user: UserSpec, services: Services, promises: Promises, root: Path) -> type[ContractCheck]:
    source = read_source(Path(user.file))
    url = services.urls.get(provider_of(source), services.host)
    states = read_states(promises.states)

    def verified(self: ContractCheck) -> Verification:
        with brought_about(states, Provider(url, services.databases), [source]) as ways:
            return held(source, url, _how(promises, ways, root))

    members: dict[str, Any] = {
        "verified": verified,
        "host": url,
        "__module__": __name__,
        "__doc__": ContractCheck.__doc__,
    }
    return type(user.name, (ContractCheck,), members)


def _how(promises: Promises, states: Mapping[str, Any], root: Path) -> How:
    contracts = ProviderOptions(
        states=states, headers=promises.headers, secrets=promises.secrets, messages=promises.messages,
        timeout_s=promises.timeout_s, folder=root,
    )  # fmt: skip
    return How(contracts, ExerciseOptions(promises.examples, CHECKS, promises.headers, promises.timeout_s))
