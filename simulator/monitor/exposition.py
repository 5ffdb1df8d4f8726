"""What services tell of themselves in Prometheus' text format, read once a second beside the run.

A name stands for all its label sets: their sum. A counter becomes its increase per second, because what it has counted
since the service began says nothing about this run. Histograms and summaries are kept by their `_sum` and `_count`.
See https://prometheus.io/docs/instrumenting/exposition_formats/.
"""

from __future__ import annotations

import math
import re
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from simulator.record.sample import Reading

WITHIN_S = 0.8
MOST_BYTES = 5_000_000
MOST = 50
"""So many readings of a service are kept each second; `keep` names the ones that matter."""

_SAMPLE = re.compile(r"([A-Za-z_:][\w:]*)(?:\{[^}]*\})?\s+(\S+)(?:\s+-?\d+)?\s*")
_TYPE = re.compile(r"#\s*TYPE\s+(\S+)\s+(\w+)\s*")


class Exposition:
    """The metrics of one service.

    Args:
        source: the service.
        url: where it tells them.
        keep: names of what is kept, with `*` for any part; empty for the first of them in order.

    Attributes:
        problem: why the last reading failed, or empty text.
    """

    def __init__(self, source: str, url: str, keep: Sequence[str] = ()) -> None:
        self.source = source
        self.problem = ""
        self._url, self._keep = url, tuple(keep)
        self._before: Mapping[str, float] = {}
        self._before_s: float | None = None

    def read(self, at_s: float) -> list[Reading]:
        """What it tells now; nothing when it does not answer in time, or for counters at the first reading."""
        try:
            request = urllib.request.Request(self._url, headers={"Accept": "text/plain", "User-Agent": "simulator"})
            with urllib.request.urlopen(request, timeout=WITHIN_S) as answer:
                text = answer.read(MOST_BYTES).decode("utf-8", "replace")
        except (OSError, urllib.error.URLError, ValueError) as error:
            self.problem = f"{self._url} does not tell: {error}"
            return []
        self.problem = ""
        return self.readings(text, at_s)

    def readings(self, text: str, at_s: float) -> list[Reading]:
        """The readings of one answer."""
        values, counters = totals(text)
        kept = [name for name in sorted(values) if not self._keep or any(fnmatchcase(name, k) for k in self._keep)]
        found = []
        for name in kept[:MOST]:
            value = self._per_s(name, values[name], at_s) if name in counters else values[name]
            if value is not None:
                found.append(Reading(self.source, name, "", at_s, value))
        self._before, self._before_s = {name: values[name] for name in counters}, at_s
        return found

    def _per_s(self, name: str, value: float, at_s: float) -> float | None:
        """A counter's increase; one that went down has begun anew."""
        before = self._before.get(name)
        if before is None or self._before_s is None or at_s <= self._before_s:
            return None
        return (value - before if value >= before else value) / (at_s - self._before_s)


def totals(text: str) -> tuple[dict[str, float], set[str]]:
    """Name → sum over its label sets, and which of the names count upwards; buckets and quantiles are left out."""
    kinds: dict[str, str] = {}
    sums: dict[str, float] = defaultdict(float)
    for line in text.splitlines():
        if match := _TYPE.fullmatch(line):
            kinds[match[1]] = match[2]
        elif match := _SAMPLE.fullmatch(line):
            name, value = match[1], _number(match[2])
            family = re.sub(r"_(bucket|sum|count)$", "", name)
            of_buckets = name.endswith("_bucket") and kinds.get(family) == "histogram"
            of_quantiles = kinds.get(name) == "summary"
            if value is not None and not of_buckets and not of_quantiles:
                sums[name] += value
    return dict(sums), {name for name in sums if _counts(name, kinds)}


def _counts(name: str, kinds: Mapping[str, str]) -> bool:
    family = re.sub(r"_(sum|count)$", "", name)
    return "counter" in (kinds.get(name), kinds.get(re.sub(r"_total$", "", name))) or (
        name != family and kinds.get(family) in ("histogram", "summary")
    )


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
