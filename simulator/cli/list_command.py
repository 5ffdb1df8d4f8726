"""Show user classes, their journeys and steps, or the plan in which they would run; runs nothing."""

from __future__ import annotations

import argparse
import json
import re
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from simulator.cli.history import earlier_documents
from simulator.cli.project_arguments import add_paths, discovered, project_here
from simulator.errors import BringUpError, UsageError
from simulator.plan.cast import Cast
from simulator.plan.dependency import dependencies, in_order, with_dependencies
from simulator.plan.history import with_history
from simulator.plan.item import Item, items_of
from simulator.plan.picture import to_lines, to_mermaid
from simulator.plan.portion import shard, soonest_feedback, within
from simulator.plan.schedule import Place, length_s, schedule
from simulator.plan.selection import selected
from simulator.units import parse_duration


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `simulator list` takes."""
    add_paths(parser)
    parser.add_argument("--format", choices=("text", "json", "mermaid"), default="text")
    plan = parser.add_argument_group("the plan")
    plan.add_argument("--plan", action="store_true", help="order, what runs side by side, expected durations and end")
    plan.add_argument("--slots", type=int, default=1, metavar="N", help="how many run side by side (1)")
    plan.add_argument("--shard", metavar="K/N", help="the K-th of N parts of about the same duration")
    plan.add_argument("--within", metavar="TIME", help="the most valuable set that fits; says what it left out")
    plan.add_argument("--reports", type=Path, default=Path("reports"), metavar="DIR", help="earlier runs (reports/)")


def run(arguments: argparse.Namespace) -> int:
    """List the cast, or plan it."""
    from simulator.engine.patch import patch

    patch()
    select, arguments.select = arguments.select, None
    cast, broken = discovered(arguments, project_here())
    if arguments.plan or arguments.shard or arguments.within or arguments.format == "mermaid":
        _show_plan(arguments, cast, select)
    else:
        _show_cast(arguments, _only(cast, select))
    if broken:
        details = "\n\n".join(filter(None, (error.detail for error in broken)))
        raise BringUpError("\n".join(map(str, broken)), detail=details)
    return 0


def _only(cast: Cast, select: str | None) -> Cast:
    if select is None:
        return cast
    names = {item.name for item in selected(items_of(cast), select)}
    users = [
        replace(user, journeys=tuple(j for j in user.journeys if f"{user.name}.{j.name}" in names))
        for user in cast.users
    ]
    return Cast(tuple(user for user in users if user.journeys), cast.classes)


def _show_plan(arguments: argparse.Namespace, cast: Cast, select: str | None) -> None:
    items = with_history(items_of(cast), earlier_documents(arguments.reports))
    graph = dependencies(items)
    chosen = with_dependencies(selected(items, select), items, graph) if select else list(items)
    left: list[Item] = []
    if arguments.shard:
        chosen = shard(chosen, graph, *_fraction(arguments.shard))
    if arguments.within:
        chosen, left = within(chosen, graph, _seconds(arguments.within))
    if arguments.slots < 1:
        raise UsageError(f"--slots {arguments.slots}: at least one is needed")
    places = schedule(in_order(soonest_feedback(chosen), graph), graph, arguments.slots)
    if arguments.format == "json":
        plan = {"items": list(map(_row, places)), "length_s": length_s(places), "left_out": [i.name for i in left]}
        print(json.dumps(plan, indent=2))
    elif arguments.format == "mermaid":
        print(to_mermaid(places, graph), end="")
    else:
        print("\n".join(to_lines(places, graph)))
        if left:
            print(f"left out: {', '.join(item.name for item in left)}")


def _row(place: Place) -> dict[str, Any]:
    item = place.item
    return {
        "name": item.name,
        "slot": place.slot + 1,
        "start_s": place.start_s,
        "end_s": place.end_s,
        "level": item.about.level,
        "tags": sorted(item.tags),
    }


def _show_cast(arguments: argparse.Namespace, cast: Cast) -> None:
    if arguments.format == "json":
        print(json.dumps({"users": [asdict(user) for user in cast.users]}, indent=2, default=sorted))
        return
    from rich.console import Console
    from rich.tree import Tree

    from simulator.safe_text import clean

    console = Console(highlight=False, markup=False, emoji=False)
    for user in cast.users:
        count = f"{user.fixed_count} of them" if user.fixed_count else f"weight {user.weight}"
        tree = Tree(f"{user.name}  {user.kind}, {count}")
        for journey in user.journeys:
            tags = f"  #{' #'.join(sorted(journey.tags))}" if journey.tags else ""
            summary = f"  {journey.summary}" if journey.summary else ""
            branch = tree.add(clean(f"{journey.name}  weight {journey.weight}{tags}{summary}"))
            for step in journey.steps:
                branch.add(clean(step))
        console.print(tree)


def _fraction(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d+)/(\d+)", text)
    if match is None:
        raise UsageError(f"--shard {text}: write it like 2/5")
    return int(match[1]), int(match[2])


def _seconds(text: str) -> float:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise UsageError(f"--within: {error}") from error
