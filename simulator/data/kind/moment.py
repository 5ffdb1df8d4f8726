"""Dates and times within a stretch of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from mimesis.random import Random


@dataclass(frozen=True)
class Moment:
    """A day, or a second, between two.

    Attributes:
        first: the earliest.
        last: the latest, included.
        days: whether only the day counts.
    """

    first: datetime
    last: datetime
    days: bool
    ranked: ClassVar[bool] = True

    @property
    def size(self) -> int:
        """How many days, or seconds, there are."""
        span = self.last - self.first
        return (span.days if self.days else int(span.total_seconds())) + 1

    def at(self, rank: int) -> date | datetime:
        """The day or second of a rank."""
        found = self.first + (timedelta(days=rank) if self.days else timedelta(seconds=rank))
        return found.date() if self.days else found

    def draw(self, random: Random, count: int) -> list[Any]:
        """So many of them, evenly."""
        size = self.size
        return [self.at(int(random.random() * size)) for _ in range(count)]

    def wrong(self, value: Any) -> str | None:
        """Only what lies between, as a date, or as a text of ISO 8601."""
        try:
            moment = datetime.fromisoformat(str(value))
            if not self.first <= moment <= self.last:
                return f"{value} is not within {self._shown(self.first)} to {self._shown(self.last)}"
        except (ValueError, TypeError):
            return f"{value!r} is no {'date' if self.days else 'time'} like {self._shown(self.first)}"
        return None

    def _shown(self, moment: datetime) -> str:
        return moment.date().isoformat() if self.days else moment.isoformat()
