"""What must come before what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from simulator.errors import UsageError, did_you_mean
from simulator.plan.item import Item

CIRCLE_HINT = "take one `after` or `needs` out"
Graph = Mapping[str, frozenset[str]]
"""Item → the items that must have succeeded before it, by name."""


def dependencies(items: Sequence[Item]) -> Graph:
    """Who needs whom: by name (`after`) and by state (`needs`, provided by others).

    Raises:
        UsageError: a name occurs twice, is missing, or the dependencies run in a circle; every mistake is named.
    """
    graph = {item.name: _before(item, items) for item in items}
    circle = find_circle(graph, {item.name: f"{item.file}:{item.line}" for item in items})
    problems = [*_twins(items), *_missing(items), *([circle] if circle else [])]
    if problems:
        hint = f"{len(problems)} problems" if len(problems) > 1 else CIRCLE_HINT if circle else "1 problem"
        raise UsageError("\n".join(problems), hint=hint)
    return graph


def find_circle(graph: Graph, places: Mapping[str, str]) -> str | None:
    """A circle of items that need each other, in words, with the place of each; `None` when there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = list(reversed(error.args[1]))
        where = "\n".join(f"  {places.get(name, '')}: {name}" for name in circle[:-1])
        return f"journeys need each other in a circle: {' → '.join(circle)}\n{where}"
    return None


def with_dependencies(chosen: Iterable[Item], items: Sequence[Item], graph: Graph) -> list[Item]:
    """The chosen items and all that must come before them, in the order of `items`."""
    wanted, open_names = set(), [item.name for item in chosen]
    while open_names:
        name = open_names.pop()
        if name not in wanted:
            wanted.add(name)
            open_names += graph[name]
    return [item for item in items if item.name in wanted]


def in_order(items: Sequence[Item], graph: Graph) -> list[Item]:
    """The items so that nothing comes before what it needs, otherwise in their given order."""
    place = {item.name: at for at, item in enumerate(items)}
    sorter = TopologicalSorter({item.name: graph[item.name] & place.keys() for item in items})
    sorter.prepare()
    ordered: list[Item] = []
    ready = sorted(sorter.get_ready(), key=place.__getitem__)
    while ready:
        name = ready.pop(0)
        ordered.append(items[place[name]])
        sorter.done(name)
        ready = sorted([*ready, *sorter.get_ready()], key=place.__getitem__)
    return ordered


def _before(item: Item, items: Sequence[Item]) -> frozenset[str]:
    named = {other.name for other in items if any(other.answers_to(name) for name in item.about.after)}
    provided = {other.name for other in items if other.about.provides & item.about.needs and other.name != item.name}
    return frozenset(named | provided)


def _twins(items: Sequence[Item]) -> list[str]:
    twice = [name for name, count in Counter(item.name for item in items).items() if count > 1]
    return [f"{_places(items, name)}: two journeys are called {name!r}" for name in twice]


def _places(items: Sequence[Item], name: str) -> str:
    return " and ".join(f"{item.file}:{item.line}" for item in items if item.name == name)


def _missing(items: Sequence[Item]) -> list[str]:
    problems = []
    provided = sorted({state for item in items for state in item.about.provides})
    names = sorted({name for item in items for name in (item.name, item.journey)})
    for item in items:
        for name in sorted(item.about.after):
            if not any(other.answers_to(name) for other in items):
                problems.append(_problem(item, f"comes after {name!r}, which is no journey here", name, names))
        for state in sorted(item.about.needs):
            if state not in provided:
                problems.append(_problem(item, f"needs {state!r}, which no journey provides", state, provided))
    return problems


def _problem(item: Item, text: str, word: str, known: list[str]) -> str:
    hint = did_you_mean(word, known[:20])
    return f"{item.file}:{item.line}: {item.name} {text}" + (f" ({hint})" if hint else "")
