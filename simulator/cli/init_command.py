"""Write a first journey, threshold file and simulator.yaml that run as they are."""

from __future__ import annotations

import argparse
from importlib.resources import as_file, files
from pathlib import Path

from simulator.errors import UsageError

FILES = ("simulator.yaml", "journeys/shop.py", "thresholds/smoke.yaml")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `simulator init` takes."""
    parser.add_argument("folder", nargs="?", type=Path, default=Path(), metavar="DIR", help="where (here)")


def run(arguments: argparse.Namespace) -> int:
    """Write the files; when one is there already nothing is written."""
    folder: Path = arguments.folder
    present = [folder / name for name in FILES if (folder / name).exists()]
    if present:
        raise UsageError(f"{present[0]} is there already; nothing was written", hint="choose an empty folder")
    with as_file(files("simulator.cli") / "first_project") as sources:
        for name in FILES:
            _write(folder / name, sources / name)
        _write(folder / ".gitignore", sources / "gitignore")
    where = "" if folder == Path() else f"cd {folder} && "
    print(f"\nnow: {where}simulator run --profile smoke")
    return 0


def _write(path: Path, source: Path) -> None:
    if path.exists():
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error
    print(f"wrote {path}")
