"""Identifiers of 128 bits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

if TYPE_CHECKING:
    from mimesis.random import Random


@dataclass(frozen=True)
class UniqueId:
    """Random identifiers (version 4 of RFC 9562), as text."""

    ranked: ClassVar[bool] = True
    size: ClassVar[int] = 2**122

    def at(self, rank: int) -> str:
        """The identifier of a rank."""
        high, low = rank >> 62, rank & (1 << 62) - 1
        return str(UUID(int=(high >> 12) << 80 | 0x4 << 76 | (high & 0xFFF) << 64 | 0b10 << 62 | low))

    def draw(self, random: Random, count: int) -> list[str]:
        """So many of them."""
        return [self.at(random.getrandbits(122)) for _ in range(count)]

    def wrong(self, value: Any) -> str | None:
        """Only identifiers."""
        try:
            UUID(str(value))
        except ValueError:
            return f"{value!r} is no UUID"
        return None
