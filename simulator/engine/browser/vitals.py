"""What documents say of themselves: web vitals and long tasks as samples, and what they loaded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from simulator.engine.browser.requests import PageRequest
from simulator.journey.http.name import path_pattern
from simulator.record.sample import Sample, SeriesKey

MARK = "__simulator "
"""What a document says without being asked stands in its console behind this."""

LAST_WORDS = "() => window.__simulator ? window.__simulator.lastWords() : ''"
"""All that a document has to say, and those before it that have not been heard: a line for each."""

CARRIED = "() => window.__simulator ? window.__simulator.carried() : ''"
"""The same without its own."""

TIMES = ("lcp", "fcp", "inp", "ttfb", "load")


@cache
def script(vitals: bool, requests: bool) -> str:
    """What every document runs first.

    Args:
        vitals: whether it measures web vitals.
        requests: whether it tells what it loads.
    """
    text = files(__package__).joinpath("vitals.js").read_text(encoding="utf-8")
    return text.replace("@WANTED@", f"{'v' if vitals else ''}{'r' if requests else ''}").replace("@MARK@", MARK)


@dataclass(frozen=True)
class Said:
    """What a document said of itself.

    Attributes:
        url: its address.
        status: the HTTP error it came with, or `None`.
        times_s: metric → seconds; only those that were measured.
        numbers: metric → value without a unit, likewise.
        requests: what it loaded.
    """

    url: str
    status: int | None
    times_s: dict[str, float]
    numbers: dict[str, float]
    requests: tuple[PageRequest, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Said | None:
        """What the script said; `None` when it was not the script that spoke."""
        try:
            plain: dict[str, Any] = json.loads(text)
            times_s = {name: float(plain[name]) / 1000 for name in TIMES if plain.get(name) is not None}
            numbers: dict[str, float] = {}
            if "fcp" in times_s:  # nothing was shown before: nothing can have moved
                numbers["cls"] = float(plain["cls"])
            if "tbt" in plain:
                times_s["tbt"], numbers["long_tasks"] = float(plain["tbt"]) / 1000, float(plain["long"])
            requests = tuple(PageRequest.parse(entry) for entry in plain.get("requests", ()))
            return cls(str(plain["url"]), plain.get("status"), times_s, numbers, requests)
        except (ValueError, TypeError, KeyError, AttributeError):
            return None

    def samples(self, user: str, journey: str, base_url: str, phase: str) -> Iterator[Sample]:
        """One sample for each metric."""
        page = page_pattern(self.url, base_url)
        for metric, value in {**self.times_s, **self.numbers}.items():
            yield Sample(SeriesKey("vital", user, journey, page, metric, "browser", phase), "ok", value)


def page_pattern(url: str, base_url: str) -> str:
    """A page's path with ids grouped; with its host when that is not the target's."""
    address, base = urlsplit(url), urlsplit(base_url)
    path = path_pattern(address.path or "/")
    return path if address.netloc == base.netloc else f"{address.netloc}{path}"
