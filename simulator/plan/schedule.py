"""When each item runs, on so many slots: dependencies first, the longest way to the end first, exclusives alone.

List scheduling by critical path (Graham 1969): whenever a slot is free it takes the ready item with the longest chain
of work behind it. Without dependencies that is longest-processing-time packing.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simulator.plan.dependency import Graph
from simulator.plan.item import Item, total_s


@dataclass(frozen=True)
class Place:
    """An item in a schedule.

    Attributes:
        item: what runs.
        slot: where, from 0.
        start_s: since the schedule begins.
        end_s: start and expected duration.
    """

    item: Item
    slot: int
    start_s: float
    end_s: float


def schedule(items: Sequence[Item], graph: Graph, slots: int = 1) -> list[Place]:
    """A place for every item, in order of their starts.

    Args:
        items: what is to run; dependencies outside of them count as done.
        graph: who needs whom.
        slots: how many can run side by side.
    """
    inside = {item.name for item in items}
    waits_for = {item.name: set(graph.get(item.name, ())) & inside for item in items}
    weight = _chains(items, waits_for)
    waiting = sorted(items, key=lambda item: (-weight[item.name], item.name))
    free, places, now_s = list(range(slots)), list[Place](), 0.0
    running: list[tuple[float, str, Place]] = []
    held: set[str] = set()
    while waiting or running:
        for item in [i for i in waiting if not waits_for[i.name]]:
            if free and not item.about.exclusive & held:
                waiting.remove(item)
                held |= item.about.exclusive
                place = Place(item, heapq.heappop(free), now_s, now_s + item.duration_s)
                places.append(place)
                heapq.heappush(running, (place.end_s, item.name, place))
        now_s, name, ended = heapq.heappop(running)
        heapq.heappush(free, ended.slot)
        held -= ended.item.about.exclusive
        for others in waits_for.values():
            others.discard(name)
    return places


def length_s(places: Sequence[Place]) -> float:
    """How long a schedule takes, in seconds."""
    return max((place.end_s for place in places), default=0.0)


def lower_bound_s(items: Sequence[Item], graph: Graph, slots: int) -> float:
    """No schedule is shorter than this: the work shared out evenly, the longest chain, the longest exclusive queue."""
    inside = {item.name for item in items}
    chains = _chains(items, {item.name: set(graph.get(item.name, ())) & inside for item in items})
    queues = {thing for item in items for thing in item.about.exclusive}
    longest = max((total_s(i for i in items if thing in i.about.exclusive) for thing in queues), default=0.0)
    return max(total_s(items) / slots, max(chains.values(), default=0.0), longest)


def _chains(items: Sequence[Item], waits_for: Mapping[str, set[str]]) -> dict[str, float]:
    """How long the longest chain is that begins with each item, in seconds."""
    duration_s = {item.name: item.duration_s for item in items}
    followers: dict[str, list[str]] = {name: [] for name in duration_s}
    for name, before in waits_for.items():
        for other in before:
            followers[other].append(name)
    chains: dict[str, float] = {}
    for first in duration_s:
        stack = [first]
        while stack:
            name = stack[-1]
            open_names = [other for other in followers[name] if other not in chains]
            if open_names:
                stack += open_names
            else:
                chains[name] = duration_s[name] + max((chains[other] for other in followers[name]), default=0.0)
                stack.pop()
    return chains
