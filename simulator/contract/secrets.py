"""Secrets that were masked when a contract was collected, put in again while it is verified."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from simulator.contract.interaction import Contract
from simulator.contract.pact.write import plain_pact
from simulator.contract.volatile import MASK

_FROM_STATES = frozenset({"cookie", "authorization"})


def masked_names(contract: Contract) -> set[str]:
    """Names of masked values that requests, and requests of provider states, carry."""
    found: set[str] = set()
    for interaction in plain_pact(contract, "4")["interactions"]:
        for part in ("request", "providerStates"):
            found |= set(_masked(interaction.get(part)))
    return {name for name in found if name.lower() not in _FROM_STATES}


def filled(plain: dict[str, Any], secrets: Mapping[str, str]) -> dict[str, Any]:
    """A Pact file's value with the secrets in place of their masks."""
    if not secrets:
        return plain
    made = orjson.loads(orjson.dumps(plain))
    for interaction in [*made.get("interactions", ()), *made.get("messages", ())]:
        for part in ("request", "providerStates"):
            if part in interaction:
                interaction[part] = _filled(interaction[part], secrets)
    return dict(made)


def _masked(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if inner == MASK or inner == [MASK]:
                yield name
            else:
                yield from _masked(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _masked(inner)


def _filled(value: Any, secrets: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {name: _secret(name, inner, secrets) for name, inner in value.items()}
    return [_filled(inner, secrets) for inner in value] if isinstance(value, list) else value


def _secret(name: str, value: Any, secrets: Mapping[str, str]) -> Any:
    if name in secrets and value == MASK:
        return secrets[name]
    if name in secrets and value == [MASK]:
        return [secrets[name]]
    return _filled(value, secrets)
