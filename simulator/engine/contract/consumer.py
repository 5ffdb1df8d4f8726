"""Who a user is in contracts, and what must hold before its journeys."""

from __future__ import annotations

from typing import Any

from simulator.contract.interaction import ProviderState
from simulator.journey.mark import journeys_of


def name_of(user: Any) -> str:
    """What the user's class is called."""
    name: str = getattr(user, "simulator_name", type(user).__name__)
    return name


def needs_of(user: Any) -> dict[str, tuple[ProviderState, ...]]:
    """Journey → what must hold before it."""
    return {
        name: tuple(ProviderState(need) for need in sorted(mark.about.needs))
        for name, mark in journeys_of(type(user)).items()
    }
