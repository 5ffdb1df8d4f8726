"""Web vitals as samples."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from simulator.journey.http.name import path_pattern
from simulator.record.sample import Sample, SeriesKey

BINDING = "__simulatorSay"
LAST_WORDS = "() => window.__simulatorVitals ? window.__simulatorVitals() : null"
TIMES = ("lcp", "fcp", "inp", "ttfb")


@cache
def script() -> str:
    """What every document runs first."""
    return files(__package__).joinpath("vitals.js").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Said:
    """What a document said of itself.

    Attributes:
        url: its address.
        status: the HTTP error it came with, or `None`.
        times_s: metric → seconds; only those that were measured.
        shift: cumulative layout shift, or `None` while nothing was painted.
    """

    url: str
    status: int | None
    times_s: dict[str, float]
    shift: float | None

    @classmethod
    def parse(cls, text: str) -> Said | None:
        """What the script said; `None` when it was not the script that spoke."""
        try:
            plain: dict[str, Any] = json.loads(text)
            times_s = {name: float(plain[name]) / 1000 for name in TIMES if plain.get(name) is not None}
            shift = float(plain["cls"]) if plain.get("cls") is not None and "fcp" in times_s else None
            return cls(str(plain["url"]), plain.get("status"), times_s, shift)
        except (ValueError, TypeError, KeyError, AttributeError):
            return None

    def samples(self, user: str, journey: str, base_url: str, phase: str) -> Iterator[Sample]:
        """One sample for each metric; layout shift as its number."""
        page = page_pattern(self.url, base_url)
        values = {**self.times_s, **({} if self.shift is None else {"cls": self.shift})}
        for metric, value in values.items():
            yield Sample(SeriesKey("vital", user, journey, page, metric, "browser", phase), "ok", value)


def page_pattern(url: str, base_url: str) -> str:
    """A page's path with ids grouped; with its host when that is not the target's."""
    address, base = urlsplit(url), urlsplit(base_url)
    path = path_pattern(address.path or "/")
    return path if address.netloc == base.netloc else f"{address.netloc}{path}"
