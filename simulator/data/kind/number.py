"""Whole and decimal numbers, evenly or as a distribution."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from mimesis.random import Random


DISTRIBUTIONS = ("uniform", "normal", "exponential", "lognormal")
_TRIES = 20


@dataclass(frozen=True)
class Sequence:
    """Numbers one after the other, in the order of rows.

    Attributes:
        start: the first.
        step: from one to the next.
    """

    start: int = 1
    step: int = 1
    ranked: ClassVar[bool] = True
    in_order: ClassVar[bool] = True
    size: ClassVar[int] = 2**62

    def at(self, rank: int) -> int:
        """The number of a row."""
        return self.start + rank * self.step

    def draw(self, random: Random, count: int) -> list[int]:
        """Never asked for: a sequence follows from the rows' numbers."""
        raise NotImplementedError

    def wrong(self, value: Any) -> str | None:
        """Only whole numbers."""
        return None if isinstance(value, int) and not isinstance(value, bool) else f"{value!r} is no whole number"


@dataclass(frozen=True)
class Number:
    """Numbers of a range.

    Attributes:
        low: the smallest.
        high: the largest, included.
        places: digits behind the point; 0 for whole numbers.
        distribution: one of `DISTRIBUTIONS`; what falls outside of the range is drawn again.
        mean: of the distribution; `None` for the middle (uniform, normal), or a fifth into the range.
        deviation: of a normal distribution, or of the logarithm; `None` for a sixth of the range, or 0.5.
    """

    low: float
    high: float
    places: int = 0
    distribution: str = "uniform"
    mean: float | None = None
    deviation: float | None = None
    ranked: ClassVar[bool] = True

    @property
    def size(self) -> int:
        """How many different numbers the range has."""
        return int(round((self.high - self.low) * float(10**self.places))) + 1

    def at(self, rank: int) -> float:
        """The number of a rank, from the smallest up."""
        if not self.places:
            return int(self.low) + rank
        return float(round(self.low + rank / 10**self.places, self.places))

    def draw(self, random: Random, count: int) -> list[float]:
        """So many numbers."""
        if self.distribution == "uniform":
            first, last = 0, self.size - 1
            width = last - first + 1
            if not self.places:
                low = int(self.low)
                return [low + int(random.random() * width) for _ in range(count)]
            return [self.at(int(random.random() * width)) for _ in range(count)]
        one = self._drawer(random)
        return [self._inside(one) for _ in range(count)]

    def wrong(self, value: Any) -> str | None:
        """Only numbers of the range, with no more digits than it has."""
        if isinstance(value, bool) or not isinstance(value, (int, float)) or math.isnan(value):
            return f"{value!r} is no number"
        if not self.low <= value <= self.high:
            return f"{value} is not within {self.low:g} to {self.high:g}"
        return None if round(value, self.places) == value else f"{value} has more than {self.places} decimal places"

    def _drawer(self, random: Random) -> Callable[[], float]:
        span = self.high - self.low
        if self.distribution == "normal":
            middle = self.low + span / 2 if self.mean is None else self.mean
            deviation = span / 6 if self.deviation is None else self.deviation
            return lambda: random.gauss(middle, deviation)
        mean = self.low + span / 5 if self.mean is None else self.mean
        if self.distribution == "exponential":
            return lambda: self.low + random.expovariate(1 / max(mean - self.low, 1e-12))
        deviation = 0.5 if self.deviation is None else self.deviation
        location = math.log(max(mean - self.low, 1e-12)) - deviation**2 / 2
        return lambda: self.low + random.lognormvariate(location, deviation)

    def _inside(self, one: Callable[[], float]) -> float:
        for _ in range(_TRIES):
            value = one()
            if self.low <= value <= self.high:
                break
        value = min(max(value, self.low), self.high)
        return round(value, self.places) if self.places else round(value)
