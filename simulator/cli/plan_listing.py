"""The plan as `simulator list` shows it: of everything, or suite by suite."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from simulator.cli.choice import chosen, known_items
from simulator.errors import UsageError
from simulator.plan.cast import Cast
from simulator.plan.dependency import Graph, dependencies, in_order, with_dependencies
from simulator.plan.item import Item
from simulator.plan.picture import clock, to_lines, to_mermaid
from simulator.plan.portion import parse_shard, shard, soonest_feedback, within
from simulator.plan.profile import load_of
from simulator.plan.project import Project
from simulator.plan.schedule import Place, length_s, schedule
from simulator.plan.suite import Suite, leaves
from simulator.units import parse_duration, show_duration


@dataclass(frozen=True)
class Part:
    """What runs as one run.

    Attributes:
        name: of its suite; empty text when no suite was asked for.
        what: how it runs, in words.
        places: its journeys in slots; empty for a part that makes load.
        left: journeys that a budget of time leaves out.
        lasts_s: expected.
    """

    name: str
    what: str
    places: Sequence[Place]
    left: Sequence[Item]
    lasts_s: float


def show_plan(arguments: argparse.Namespace, cast: Cast, project: Project) -> None:
    """Print the plan in the format that was asked for.

    Raises:
        UsageError: dependencies or options are wrong, or there is no such suite.
    """
    items = known_items(cast, arguments.reports)
    graph = dependencies(items)
    if arguments.suite:
        suites = leaves(project.suites, arguments.suite)
        parts = [_suite_part(suite, arguments, items, graph, project) for suite in suites]
    else:
        parts = [_once("", "", arguments, items, graph, arguments.select, arguments.slots)]
    if arguments.format == "json":
        print(json.dumps(_to_plain(parts), indent=2))
    elif arguments.format == "mermaid":
        print(to_mermaid([place for part in _one_after_the_other(parts) for place in part.places], graph), end="")
    else:
        print("\n".join([*_lines(parts, graph), *_suite_lines(arguments, items, graph, project)]))


def _once(
    name: str,
    what: str,
    arguments: argparse.Namespace,
    items: Sequence[Item],
    graph: Graph,
    select: str | None,
    slots: int,
) -> Part:
    """Every selected journey once."""
    if slots < 1:
        raise UsageError(f"--slots {slots}: at least one is needed")
    meant = with_dependencies(chosen(items, select), items, graph)
    left: Sequence[Item] = ()
    if arguments.shard:
        meant = shard(meant, graph, *parse_shard(arguments.shard))
    if arguments.within:
        meant, left = within(meant, graph, _seconds(arguments.within))
    places = schedule(in_order(soonest_feedback(meant), graph), graph, slots)
    return Part(name, what, places, left, length_s(places))


def _suite_part(
    suite: Suite, arguments: argparse.Namespace, items: Sequence[Item], graph: Graph, project: Project
) -> Part:
    where = f"environment {suite.environment}" if suite.environment else ""
    if suite.once:
        selected = f"those of {suite.select!r}" if suite.select else ""
        what = ", ".join(filter(None, ("every journey once", selected, where)))
        return _once(suite.name, what, arguments, items, graph, suite.select, max(suite.slots, arguments.slots))
    profile = project.profile_named(suite.profile or "")
    files = ", ".join(map(str, suite.thresholds or profile.thresholds))
    what = ", ".join(filter(None, (f"profile {profile.name}", where, files)))
    return Part(suite.name, what, (), (), load_of(profile).duration_s or 0.0)


def _one_after_the_other(parts: Sequence[Part]) -> Iterator[Part]:
    """The parts with their places moved to where they begin."""
    begin_s = 0.0
    for part in parts:
        places = [Place(p.item, p.slot, p.start_s + begin_s, p.end_s + begin_s) for p in part.places]
        yield Part(part.name, part.what, places, part.left, part.lasts_s)
        begin_s += part.lasts_s


def _lines(parts: Sequence[Part], graph: Graph) -> Iterator[str]:
    begin_s = 0.0
    for part in _one_after_the_other(parts):
        if part.name:
            yield f"{clock(begin_s)}  {part.name}: {part.what}, {show_duration(part.lasts_s)}"
        yield from to_lines(part.places, graph)
        if part.left:
            yield f"left out: {', '.join(item.name for item in part.left)}"
        begin_s += part.lasts_s
    yield f"{clock(begin_s)}  expected end"


def _suite_lines(arguments: argparse.Namespace, items: Sequence[Item], graph: Graph, project: Project) -> Iterator[str]:
    """The suites that could be asked for, when none was."""
    if arguments.suite or not project.suites or arguments.shard or arguments.within or arguments.select:
        return
    yield ""
    yield "suites (--suite NAME shows one):"
    for name, suite in project.suites.items():
        parts = [_suite_part(leaf, arguments, items, graph, project) for leaf in leaves(project.suites, name)]
        what = " → ".join(suite.parts) if suite.parts else parts[0].what
        yield f"  {name}: {what}, {show_duration(sum(part.lasts_s for part in parts))}"


def _to_plain(parts: Sequence[Part]) -> dict[str, Any]:
    placed = list(_one_after_the_other(parts))
    plain: dict[str, Any] = {
        "items": [_row(part, place) for part in placed for place in part.places],
        "length_s": sum(part.lasts_s for part in parts),
        "left_out": [item.name for part in parts for item in part.left],
    }
    if any(part.name for part in parts):
        plain["suites"] = [{"name": part.name, "what": part.what, "length_s": part.lasts_s} for part in parts]
    return plain


def _row(part: Part, place: Place) -> dict[str, Any]:
    item = place.item
    return {
        "name": item.name,
        "suite": part.name or None,
        "slot": place.slot + 1,
        "start_s": place.start_s,
        "end_s": place.end_s,
        "level": item.about.level,
        "tags": sorted(item.tags),
    }


def _seconds(text: str) -> float:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise UsageError(f"--within: {error}") from error
