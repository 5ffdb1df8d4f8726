"""What a kind of field can do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Protocol

from mimesis.random import Random


class Kind(Protocol):
    """Makes the values of a field, and says what is wrong with values from elsewhere.

    Attributes:
        ranked: whether `at` gives every value a rank, so that values can be told apart by numbers.
    """

    ranked: ClassVar[bool]

    def draw(self, random: Random, count: int) -> list[Any]:
        """So many values."""

    def wrong(self, value: Any) -> str | None:
        """What is wrong with a value that came from elsewhere; `None` when nothing is."""


class Ranked(Kind, Protocol):
    """A kind whose values can be counted through."""

    @property
    def size(self) -> int:
        """How many different values there are."""

    def at(self, rank: int) -> Any:
        """The value of a rank from 0 to `size` - 1; another for each."""


class Derived(Protocol):
    """A kind whose values follow from other fields of the same row.

    Attributes:
        needs: those fields.
    """

    needs: tuple[str, ...]

    def derive(self, columns: Sequence[Sequence[Any]]) -> list[Any]:
        """The values, from the columns of `needs` in their order."""

    def wrong(self, value: Any) -> str | None:
        """As of every kind."""
