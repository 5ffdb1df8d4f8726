"""A consumer verified: it runs against its contract, served as a virtual service.

Everything must be asked for as it is written, and nothing else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from simulator.contract.interaction import Contract
from simulator.contract.source import contracts_among, read_sources
from simulator.contract.verification import Checked, Verification, place_of
from simulator.virtual.pact import stub_names
from simulator.virtual.use import virtual_service

Consumer = Callable[[str], str | None]
"""Runs with the provider's address; returns what went wrong, or `None`."""


def verify_consumer(file: Path, consumer: Consumer) -> Verification:
    """Run a consumer against its contract.

    Args:
        file: the contract.
        consumer: what asks.

    Raises:
        FileError: the contract has mistakes.
        BringUpError: it cannot be served.
    """
    [contract] = contracts_among(read_sources([file]))
    with virtual_service(file) as provider:
        problem = consumer(provider.url)
        asked = provider.requests()
    found = [*_interactions(contract, asked), *_strangers(contract, asked)]
    if problem is not None:
        found.append(Checked(contract.name, "the consumer itself", "broken", (problem,)))
    messages = tuple(f"{each.title} is a message and was not checked" for each in contract.interactions if each.message)
    return Verification(tuple(found), messages)


def _interactions(contract: Contract, asked: list[dict[str, Any]]) -> Iterator[Checked]:
    uses = Counter(entry["stub"] for entry in asked)
    for name, alike in stub_names(contract).items():
        for at, interaction in enumerate(alike):
            kept = uses[name] > at
            reasons = () if kept else ("was never asked for",)
            result = "kept" if kept else "pending" if interaction.pending else "broken"
            yield Checked(contract.name, interaction.title, result, reasons, place_of(contract, interaction))  # type: ignore[arg-type]


def _strangers(contract: Contract, asked: list[dict[str, Any]]) -> Iterator[Checked]:
    """Requests that the contract does not know, each kind once, with the nearest interaction and what differs."""
    seen = set()
    for entry in asked:
        if entry["stub"] is not None:
            continue
        told = _told(entry)
        if (told.name, told.reasons) not in seen:
            seen.add((told.name, told.reasons))
            yield Checked(contract.name, told.name, "broken", told.reasons)


def _told(entry: Mapping[str, Any]) -> Checked:
    return Checked(
        "", f"{entry['method']} {entry['target']}", "broken", ("is not in the contract", *entry["differences"])
    )
