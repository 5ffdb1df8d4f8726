"""Show user classes, their journeys and steps; runs nothing."""

from __future__ import annotations

import argparse

from simulator.cli.project_arguments import add_paths, cast_of, project_here


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `simulator list` takes."""
    add_paths(parser)
    parser.add_argument("--format", choices=("text", "json"), default="text")


def run(arguments: argparse.Namespace) -> int:
    """List the cast."""
    from simulator.engine.patch import patch

    patch()
    cast = cast_of(arguments, project_here())
    if arguments.format == "json":
        _print_json(cast)
    else:
        _print_text(cast)
    return 0


def _print_text(cast: object) -> None:
    from rich.console import Console
    from rich.tree import Tree

    from simulator.plan.cast import Cast

    assert isinstance(cast, Cast)
    console = Console(highlight=False, markup=False)
    for user in cast.users:
        count = f"{user.fixed_count} of them" if user.fixed_count else f"weight {user.weight}"
        tree = Tree(f"{user.name}  {user.kind}, {count}")
        for journey in user.journeys:
            tags = f"  #{' #'.join(sorted(journey.tags))}" if journey.tags else ""
            branch = tree.add(f"{journey.name}  weight {journey.weight}{tags}")
            if journey.summary:
                branch.label = f"{branch.label}  {journey.summary}"
            for step in journey.steps:
                branch.add(step)
        console.print(tree)


def _print_json(cast: object) -> None:
    import json
    from dataclasses import asdict

    from simulator.plan.cast import Cast

    assert isinstance(cast, Cast)
    users = [asdict(user) for user in cast.users]
    print(json.dumps({"users": users}, indent=2, default=sorted))
