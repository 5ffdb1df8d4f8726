"""Write a first journey, threshold file and simulator.yaml that run as they are."""

from __future__ import annotations

import argparse
from importlib.resources import files
from pathlib import Path

from simulator.errors import UsageError

FILES = {
    "simulator.yaml": "simulator.yaml",
    "journeys/shop.py": "shop.py",
    "thresholds/smoke.yaml": "smoke.yaml",
    ".gitignore": "gitignore",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `simulator init` takes."""
    parser.add_argument("folder", nargs="?", type=Path, default=Path(), metavar="DIR", help="where (here)")


def run(arguments: argparse.Namespace) -> int:
    """Write the files; one that is there already stays, and nothing is written then."""
    folder: Path = arguments.folder
    present = [name for name in FILES if (folder / name).exists() and name != ".gitignore"]
    if present:
        raise UsageError(f"{folder / present[0]} is there already; nothing was written", hint="choose an empty folder")
    for name, source in FILES.items():
        path = folder / name
        if path.exists():
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files("simulator.cli").joinpath("first_project", source).read_text(encoding="utf-8"))
        print(f"wrote {path}")
    where = "" if folder == Path() else f"cd {folder} && "
    print(f"\nnow: {where}simulator run --profile smoke")
    return 0
