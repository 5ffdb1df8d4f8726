"""Write a first journey, threshold file and simulator.yaml that run as they are.

simulator init my-shop                                  a project around the embedded shop
simulator init my-site --from-url https://example.com   a project for what is there: its pages, and its API if it tells
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from simulator.errors import UsageError

FILES = ("simulator.yaml", "journeys/shop.py", "thresholds/smoke.yaml")
SCHEMAS = ".schema"
"""The folder of a project that holds JSON Schemas; the comments at the top of its YAML files name them to editors."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `simulator init` takes."""
    parser.add_argument("folder", nargs="?", type=Path, default=Path(), metavar="DIR", help="where (here)")
    parser.add_argument(
        "--from-url", metavar="URL", help="a project for a system that is up: its pages become journeys"
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the files; when one is there already nothing is written."""
    folder: Path = arguments.folder
    written = _of_site(arguments.from_url) if arguments.from_url else _first_project()
    present = [folder / name for name in written if (folder / name).exists()]
    if present:
        raise UsageError(f"{present[0]} is there already; nothing was written", hint="choose an empty folder")
    for name, text in {**written, ".gitignore": _of_package("gitignore"), **_schemas()}.items():
        _write(folder / name, text)
    where = "" if folder == Path() else f"cd {folder} && "
    print(f"\nnow: {where}simulator run --profile smoke")
    return 0


def _first_project() -> dict[str, str]:
    return {name: _of_package(name) for name in FILES}


def _of_site(url: str) -> Mapping[str, str]:
    from simulator.convert.site import project_of, visited

    return project_of(visited(url.rstrip("/")))


def _of_package(name: str) -> str:
    return (files("simulator.cli") / "first_project" / name).read_text(encoding="utf-8")


def _schemas() -> dict[str, str]:
    from simulator.schema.published import NAMES, file_name, published

    return {f"{SCHEMAS}/{file_name(name)}": published(name) for name in NAMES}


def _write(path: Path, text: str) -> None:
    if path.exists():
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error
    if path.parent.name != SCHEMAS:
        print(f"wrote {path}")
