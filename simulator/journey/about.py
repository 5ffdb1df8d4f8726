"""What a journey is about, for choosing it, ordering it, and knowing whose it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Level = Literal["component", "contract", "service", "end to end"]
LEVELS: tuple[Level, ...] = get_args(Level)
"""Levels of integration, from functions in one process to the whole system."""


@dataclass(frozen=True)
class About:
    """What a journey's author says of it.

    Attributes:
        level: one of `LEVELS`, or empty text for "not said".
        owner: who answers for it, or empty text.
        requirement: what it proves, such as a ticket, or empty text.
        tier: how much depends on it, from 1 (most); 0 for "not said".
        touches: services it goes through.
        after: journeys that must have succeeded before it.
        needs: states that must hold before it, such as `orders exist`.
        provides: states that hold after it.
        exclusive: things that nobody else may use meanwhile: data, a service.
    """

    level: str = ""
    owner: str = ""
    requirement: str = ""
    tier: int = 0
    touches: frozenset[str] = frozenset()
    after: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    provides: frozenset[str] = frozenset()
    exclusive: frozenset[str] = frozenset()
