"""What a run has to do with contracts: those that its answers are checked against, and those that it collects."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from simulator.contract.collect import Collected
from simulator.contract.conclude import Evidence, contract_of
from simulator.contract.interaction import Version
from simulator.contract.messages import MessageKey
from simulator.contract.pact.write import write_pact
from simulator.contract.seen import Key, Seen
from simulator.contract.source import files_of, read_sources
from simulator.engine.contract.collecting import Exchanges, Pair, merge_plain
from simulator.engine.contract.settings import ContractSettings
from simulator.environment.environment import Environment
from simulator.plan.profile import Profile
from simulator.units import show_duration


def contract_settings(arguments: argparse.Namespace, profile: Profile, root: Path) -> ContractSettings:
    """What the command line and the profile say about contracts.

    Raises:
        FileError: a contract has mistakes.
        UsageError: there is none where there should be.
    """
    given, collect = getattr(arguments, "contracts", None), getattr(arguments, "collect_contracts", None) is not None
    contracts = profile.contracts
    files = list(given) if given else [_shown(root / file) for file in contracts.files]
    if not files:
        return ContractSettings(collect=collect)
    read_sources(files)
    contents = tuple((str(file), file.read_bytes()) for path in files for file in files_of(path))
    return ContractSettings(contents, contracts.share, contracts.budget_ratio, collect)


def contracts_noted(plain: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the run folder keeps of it; `None` when answers are not checked."""
    settings = ContractSettings.from_plain(plain)
    if not settings.files:
        return None
    files = [name for name, _ in settings.files]
    return {"files": files, "share": settings.share, "budget_ratio": settings.budget_ratio}


def _shown(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


class CollectedContracts:
    """The contracts that a run comes to.

    Args:
        folder: where they are written.
        version: of the Pact specification.
        environment: whose services have names.
    """

    def __init__(self, folder: Path, version: Version, environment: Environment) -> None:
        self._folder, self._version, self._environment = folder, version, environment
        self.written: list[Path] = []

    def write(self, exchanged: Sequence[Any], journals: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[str]:
        """Write a Pact file for each consumer and provider; returns what was written, in words.

        Args:
            exchanged: by API users, over HTTP and queues, as `Collecting.to_plain` has it.
            journals: virtual service → what it was asked and has answered.
        """
        pairs: dict[Pair, Exchanges] = {}
        merge_plain(pairs, exchanged)
        named: dict[Pair, Exchanges] = {}
        for (consumer, address), exchanges in pairs.items():
            named.setdefault(Pair(consumer, self._provider(address)), Exchanges()).merge(exchanges)
        told = [self._write(*pair, exchanges.collected, _evidence(exchanges)) for pair, exchanges in named.items()]
        for service, entries in journals.items():
            collected = Collected()
            for entry in entries:
                if (seen := seen_of_entry(entry)) is not None:
                    collected.add(seen)
            for consumer in self._environment.consumers_of(service):
                told += [self._write(consumer, service, collected, None)] if collected else []
        return told

    def _provider(self, address: str) -> str:
        """The service at an address, or the address's host when it is none of the environment's; a name as it is."""
        if "://" not in address:
            return address
        for name, url in self._environment.urls.items():
            if urlsplit(url).netloc == urlsplit(address).netloc:
                return name
        return urlsplit(address).netloc

    def _write(self, consumer: str, provider: str, collected: Collected, evidence: Evidence | None) -> str:
        contract = contract_of(collected, consumer, provider, version=self._version, evidence=evidence)
        lost = f", {collected.lost} exchanges beyond them (too many kinds, or no JSON)" if collected.lost else ""
        if not contract.interactions:
            return f"contract {contract.name}: 0 interactions{lost}"
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{_file_name(consumer)}-{_file_name(provider)}.json"
        path.write_bytes(write_pact(contract))
        self.written.append(path)
        return f"contract {contract.name}: {len(contract.interactions)} interactions{lost}, {path}"


def _evidence(exchanges: Exchanges) -> Evidence:
    def of(key: Key | MessageKey) -> dict[str, Any]:
        cell = exchanges.lags.get(key) if isinstance(key, MessageKey) else exchanges.times.get(key)
        name = "lag_p95" if isinstance(key, MessageKey) else "p95"
        p95_s = cell.ok.percentile(0.95) if cell else None
        return {} if p95_s is None else {f"{name}_s": round(p95_s, 6), name: show_duration(p95_s)}

    return of


def _file_name(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", text).strip("-.") or "unnamed"


def seen_of_entry(entry: Mapping[str, Any]) -> Seen | None:
    """An exchange in a virtual service's journal; `None` for one that no stub answered, or that a fault hit."""
    from base64 import b64decode
    from urllib.parse import unquote

    from simulator.contract.body import MISSING, Body
    from simulator.contract.matching.message import form_values
    from simulator.journey.http.name import path_pattern

    answer = entry.get("answer")
    if entry["stub"] is None or entry["failed"] or answer is None:
        return None
    path, _, query = entry["target"].partition("?")
    headers = {name: (value,) for name, value in entry["headers"].items()}
    answered = {name: (value,) for name, value in answer["headers"]}
    content, body = b64decode(answer["content"]), entry["body"].encode()
    content_type = next((values[0] for name, values in answered.items() if name.lower() == "content-type"), "")
    return Seen(
        entry["method"],
        unquote(path),
        path_pattern(path),
        form_values(query),
        headers,
        Body.of_bytes(body, entry["headers"].get("content-type", "")) if body else MISSING,
        entry["status"],
        answered,
        Body.of_bytes(content, content_type),
    )
