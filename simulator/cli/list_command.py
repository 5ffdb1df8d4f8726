"""Show user classes, their journeys and steps, or the plan in which they would run; runs nothing."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from simulator.cli.choice import chosen, known_items
from simulator.cli.plan_listing import show_plan
from simulator.cli.project_arguments import add_paths, discovered, project_here
from simulator.errors import BringUpError
from simulator.plan.cast import Cast


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `simulator list` takes."""
    add_paths(parser)
    parser.add_argument("--format", choices=("text", "json", "mermaid"), default="text")
    plan = parser.add_argument_group("the plan")
    plan.add_argument("--plan", action="store_true", help="order, what runs side by side, expected durations and end")
    plan.add_argument("--suite", metavar="NAME", help="the parts of a suite of simulator.yaml, one after the other")
    plan.add_argument("--slots", type=int, default=1, metavar="N", help="how many run side by side (1)")
    plan.add_argument("--shard", metavar="K/N", help="the K-th of N parts of about the same duration")
    plan.add_argument("--within", metavar="TIME", help="the most valuable set that fits; says what it left out")
    plan.add_argument("--reports", type=Path, default=Path("reports"), metavar="DIR", help="earlier runs (reports/)")


def run(arguments: argparse.Namespace) -> int:
    """List the cast, or plan it."""
    from simulator.engine.patch import patch

    patch()
    project = project_here()
    cast, broken = discovered(arguments, project)
    if not cast.users:
        pass  # there are only mistakes to tell
    elif arguments.plan or arguments.suite or arguments.shard or arguments.within or arguments.format == "mermaid":
        show_plan(arguments, cast, project)
    else:
        names = {item.name for item in chosen(known_items(cast, arguments.reports), arguments.select)}
        _show_cast(arguments, cast.only(names))
    if broken:
        details = "\n\n".join(filter(None, (error.detail for error in broken)))
        raise BringUpError("\n".join(map(str, broken)), detail=details)
    return 0


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
        tree = Tree(user.name + ("  contract" if user.kind == "contract" else f"  {user.kind}, {count}"))
        for journey in user.journeys:
            tags = f"  #{' #'.join(sorted(journey.tags))}" if journey.tags else ""
            summary = f"  {journey.summary}" if journey.summary else ""
            weight = "" if user.kind == "contract" else f"  weight {journey.weight}"
            branch = tree.add(clean(f"{journey.name}{weight}{tags}{summary}"))
            for step in journey.steps:
                branch.add(clean(step))
        console.print(tree)
