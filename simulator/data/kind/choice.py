"""One of several values: evenly, by weights, true or false, or always the same."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from mimesis.random import Random


@dataclass(frozen=True)
class Choice:
    """One of these values.

    Attributes:
        values: all of them, each once.
        weights: how often, against the others; empty for all alike.
    """

    values: tuple[Any, ...]
    weights: tuple[float, ...] = ()
    ranked: ClassVar[bool] = True

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.values)

    def at(self, rank: int) -> Any:
        """The value of a rank."""
        return self.values[rank]

    def draw(self, random: Random, count: int) -> list[Any]:
        """So many of them."""
        weights = list(accumulate(self.weights)) if self.weights else None
        return random.choices(self.values, cum_weights=weights, k=count)

    def wrong(self, value: Any) -> str | None:
        """Only one of them."""
        known = isinstance(value, Hashable) and any(value == one and type(value) is type(one) for one in self.values)
        return None if known else f"{value!r} is none of {', '.join(map(repr, self.values[:8]))}"


def boolean(true_ratio: float = 0.5) -> Choice:
    """True or false."""
    return Choice((True, False), (true_ratio, 1 - true_ratio))
