"""Parts of a catalogue: shards for several machines, and the best set within a budget of time."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.errors import UsageError
from simulator.plan.dependency import Graph, with_dependencies
from simulator.plan.item import Item, total_s


def shard(items: Sequence[Item], graph: Graph, number: int, count: int) -> list[Item]:
    """One of `count` parts of about the same duration; together they are everything, and none overlap.

    Items that depend on each other stay together. The longest group goes to the emptiest shard, ties by name, so that
    the same items always fall into the same shards.

    Args:
        items: all of them.
        graph: who needs whom.
        number: which shard, from 1.
        count: how many shards.

    Raises:
        UsageError: there is no such shard.
    """
    if not 1 <= number <= count:
        raise UsageError(f"--shard {number}/{count}: the first number goes from 1 to the second")
    shards: list[list[Item]] = [[] for _ in range(count)]
    for group in sorted(_groups(items, graph), key=lambda g: (-total_s(g), g[0].name)):
        min(shards, key=lambda s: (total_s(s), shards.index(s))).extend(group)
    chosen = {item.name for item in shards[number - 1]}
    return [item for item in items if item.name in chosen]


def within(items: Sequence[Item], graph: Graph, budget_s: float) -> tuple[list[Item], list[Item]]:
    """The most valuable set that fits a budget, and what was left out.

    The value of an item is its chance to find something (how often it failed lately) weighed by its tier; chosen are
    the best per second, each with all that must come before it.

    Args:
        items: all of them.
        graph: who needs whom.
        budget_s: seconds, one item after the other.
    """
    chosen: dict[str, Item] = {}
    for item in sorted(items, key=lambda i: (-value(i) / max(i.duration_s, 1e-3), i.name)):
        closure = [i for i in with_dependencies([item], items, graph) if i.name not in chosen]
        if total_s(chosen.values()) + total_s(closure) <= budget_s:
            chosen.update((i.name, i) for i in closure)
    return [i for i in items if i.name in chosen], [i for i in items if i.name not in chosen]


def value(item: Item) -> float:
    """What running an item is worth: its chance to fail, more for what more depends on."""
    return (item.failure_share + 0.05) * {1: 4.0, 2: 2.0}.get(item.about.tier, 1.0)


def soonest_feedback(items: Sequence[Item]) -> list[Item]:
    """The likeliest to fail per second first."""
    return sorted(items, key=lambda item: (-value(item) / max(item.duration_s, 1e-3), item.name))


def _groups(items: Sequence[Item], graph: Graph) -> list[list[Item]]:
    """Items that depend on each other, directly or not, in any direction."""
    leader = {item.name: item.name for item in items}

    def find(name: str) -> str:
        while leader[name] != name:
            leader[name] = leader[leader[name]]
            name = leader[name]
        return name

    for name, before in graph.items():
        for other in before:
            if name in leader and other in leader:
                leader[find(name)] = find(other)
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(find(item.name), []).append(item)
    return list(groups.values())
