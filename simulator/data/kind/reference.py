"""Fields that name a row of another entity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from mimesis.random import Random


@dataclass(frozen=True)
class Reference:
    """A value of another entity's field.

    Attributes:
        entity: the other entity.
        field: its field, whose values follow from the numbers of rows.
        skew: 0 for all rows alike; the larger, the more often the first rows are named (a power law).
    """

    entity: str
    field: str
    skew: float = 0.0
    ranked: ClassVar[bool] = False

    def rows(self, random: Random, count: int, among: int) -> list[int]:
        """Numbers of rows that are named."""
        power = 1.0 + self.skew
        return [int(random.random() ** power * among) for _ in range(count)]

    def draw(self, random: Random, count: int) -> list[Any]:
        """Never asked for: what is named depends on the other entity."""
        raise NotImplementedError

    def wrong(self, value: Any) -> str | None:
        """Something must be there; whether it exists is asked of the other entity."""
        return "nothing is there" if value is None or value == "" else None
