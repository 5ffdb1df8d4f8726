"""Limits of other tools as a threshold file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Limit:
    """One limit.

    Attributes:
        require: as a threshold file says it, such as `p95 < 500 ms`.
        scope: `request`, `step` and the like → name.
        abort: when the run shall stop early, such as `true` or `after 10 s`; empty text for never.
        warns: it is told, but no reason to fail.
    """

    require: str
    scope: tuple[tuple[str, str], ...] = ()
    abort: str = ""
    warns: bool = False


def threshold_file(limits: Sequence[Limit], made_from: str, left_out: Sequence[str]) -> str:
    """The text of a threshold file; what is left out stands in it as comments."""
    notes = [f"Made from {made_from}.", *(f"Left out: {what}" for what in left_out)]
    lines = [*(f"# {' '.join(note.split())}" for note in notes), "thresholds:"]
    for limit in dict.fromkeys(limits):
        lines += _entry(limit)
    return "\n".join([*lines, ""]) if limits else "\n".join([*lines[:-1], "thresholds: []", ""])


def _entry(limit: Limit) -> list[str]:
    if not limit.scope and not limit.abort and not limit.warns:
        return [f"  - {limit.require}"]
    fields = [f"{word}: {_quoted(name)}" for word, name in limit.scope]
    fields.append(f"require: {limit.require}")
    fields += [f"abort: {limit.abort}"] if limit.abort else []
    fields += ["severity: warn"] if limit.warns else []
    return [f"  - {fields[0]}", *(f"    {field}" for field in fields[1:])]


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def seconds(milliseconds: float) -> str:
    """A duration as threshold files have it."""
    return f"{milliseconds:g} ms" if milliseconds < 1000 else f"{milliseconds / 1000:g} s"
