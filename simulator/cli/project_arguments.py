"""Arguments that several commands share: where the project is, and which journeys of it are meant."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from simulator.errors import BringUpError, UsageError
from simulator.plan.cast import Cast
from simulator.plan.project import Project, load_project


def add_paths(parser: argparse.ArgumentParser) -> None:
    """`PATH…`, `--tags` and `--select`."""
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="journey files or folders (journeys/)")
    help_text = "only journeys with this tag; again for more"
    parser.add_argument("--tags", "-T", action="append", default=[], metavar="TAG", help=help_text)
    select = 'only what this means: "checkout and not slow", level:service, touches:payments, Shopper.*'
    parser.add_argument("--select", metavar="EXPRESSION", help=select)


def project_here() -> Project:
    """The project of the present folder.

    Raises:
        FileError: its `simulator.yaml` has mistakes.
    """
    return load_project(Path.cwd(), os.environ)


def cast_of(arguments: argparse.Namespace, project: Project, tags: tuple[str, ...] = (), *, once: bool = False) -> Cast:
    """The cast that the arguments name, or the project's own; contracts are only in it when everything runs once.

    Raises:
        UsageError: nothing is there to run.
        BringUpError: journey files cannot be imported.
    """
    from simulator.plan.discovery import load_cast

    cast = load_cast(_paths(arguments, project), tuple(arguments.tags) or tags)
    acting = cast if once else cast.under_load()
    if not acting.users:
        raise UsageError("there are only contracts here", hint="add --once, which checks them, or name journeys")
    return acting


def secrets_of(cast: Cast) -> tuple[str, ...]:
    """Values that journey files read with `secret("NAME")`, never to be written down."""
    from simulator.plan.journey_file import secrets_named_in

    names = sorted({name for user in cast.users for name in secrets_named_in(Path(user.file))})
    return tuple(filter(None, map(os.environ.get, names)))


def discovered(arguments: argparse.Namespace, project: Project) -> tuple[Cast, list[BringUpError]]:
    """The cast of those files that can be imported, and what is wrong with the others.

    Raises:
        UsageError: nothing is there to run.
    """
    from simulator.plan.discovery import discover

    return discover(_paths(arguments, project), tuple(arguments.tags))


def _paths(arguments: argparse.Namespace, project: Project) -> list[Path]:
    return arguments.paths or [project.root / path for path in project.journeys]
