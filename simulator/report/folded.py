"""What to say when a run had more names than are kept apart: what they look like, and what to do about it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from simulator.record.measurements import Measurements
from simulator.record.recorder import MOST_FAILURE_KINDS, MOST_SERIES, OTHER

ANY = "{…}"
_parts = re.compile(r"([/ ])").split


def folded_sentences(measurements: Measurements) -> list[str]:
    """A sentence for names of operations or steps that had to be folded, and one for kinds of errors."""
    return [*_names(measurements), *_errors(measurements)]


def common_shape(names: Iterable[str]) -> tuple[str, int]:
    """The shape that most names share when one of their parts may be anything, and how many do.

    Parts lie between slashes and spaces; `GET /p/a` and `GET /p/b` share `GET /p/{…}`.
    """
    shapes: Counter[str] = Counter()
    for name in names:
        parts = _parts(name)
        shapes.update("".join([*parts[:at], ANY, *parts[at + 1 :]]) for at in range(0, len(parts), 2))
    return max(shapes.items(), key=lambda item: (item[1], len(item[0])), default=("", 0))


def _names(measurements: Measurements) -> list[str]:
    keys = [key for key in measurements.totals if key.level == "operation"]
    folded = [key for key in keys if OTHER in (key.name, key.step)]
    if not folded:
        return []
    count = measurements.total(folded).count
    shapes = [(*common_shape({getattr(key, part) for key in keys} - {OTHER, ""}), part) for part in ("name", "step")]
    shape, alike, part = max(shapes, key=lambda found: found[1])
    cure = "pass `name=` to these requests" if part == "name" else "give these steps one name"
    return [
        f"more than {MOST_SERIES} series: {count:,} operations with further names are counted together as {OTHER}. "
        f"{alike:,} {part}s look like {shape!r}: {cure}, so that they count as one"
    ]


def _errors(measurements: Measurements) -> list[str]:
    folded = sum(failure.count for failure in measurements.failures.values() if failure.key.pattern == OTHER)
    if not folded:
        return []
    return [
        f"more than {MOST_FAILURE_KINDS} kinds of errors: {folded:,} further ones are counted by their class alone. "
        "Messages that differ each time, by a word or a name, keep errors of one kind apart"
    ]
