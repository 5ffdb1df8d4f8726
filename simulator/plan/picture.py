"""A schedule as text to read: a list, and Mermaid."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from simulator.plan.dependency import Graph
from simulator.plan.schedule import Place
from simulator.units import show_duration

_UNSAFE = re.compile(r"[^A-Za-z0-9_]")


def to_mermaid(places: Sequence[Place], graph: Graph) -> str:
    """A Gantt chart of the slots; what an item waits for stands in a comment before it."""
    lines = ["gantt", "    dateFormat X", "    axisFormat %H:%M:%S"]
    for slot in sorted({place.slot for place in places}):
        lines.append(f"    section slot {slot + 1}")
        for place in (p for p in places if p.slot == slot):
            before = ", ".join(sorted(graph.get(place.item.name, ())))
            if before:
                lines.append(f"    %% {_plain(place.item.name)} comes after {_plain(before)}")
            ends_s = max(place.end_s, place.start_s + 1)
            name = _plain(place.item.name)
            lines.append(f"    {name} :{_UNSAFE.sub('_', place.item.name)}, {place.start_s:.0f}, {ends_s:.0f}")
    return "\n".join(lines) + "\n"


def to_lines(places: Sequence[Place], graph: Graph) -> Iterator[str]:
    """One line an item in order of its start."""
    width = max((len(place.item.name) for place in places), default=0)
    for place in places:
        before = ", ".join(sorted(graph.get(place.item.name, ())))
        after = f"  after {before}" if before else ""
        slot = f"slot {place.slot + 1}"
        lasts = show_duration(place.item.duration_s)
        yield f"{clock(place.start_s)}  {slot}  {place.item.name:<{width}}  {lasts:>7}{after}"


def _plain(text: str) -> str:
    return text.replace(":", " ").replace("\n", " ")


def clock(seconds: float) -> str:
    """Minutes and seconds since the plan began."""
    return f"{int(seconds) // 60:02}:{int(seconds) % 60:02}"
