"""A journey from a recording or a description, a threshold file from another tool's limits.

simulator convert har shop.har --output journeys/shop_recorded.py
simulator convert openapi openapi.yaml --output journeys/api.py
simulator convert k6-thresholds script.js --output thresholds/from_k6.yaml
simulator convert taurus test.yml --output thresholds/from_taurus.yaml
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from simulator.errors import UsageError

FORMATS = ("har", "openapi", "k6-thresholds", "taurus")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `simulator convert` takes."""
    parser.add_argument("format", choices=FORMATS, metavar="FORMAT", help=", ".join(FORMATS))
    parser.add_argument("file", type=Path, metavar="FILE", help="the recording, the description, the other tool's file")
    parser.add_argument("--output", type=Path, metavar="FILE", help="where to write it (standard output)")
    parser.add_argument("--name", metavar="NAME", help="of the journey (the file's)")
    parser.add_argument("--assets", action="store_true", help="keep images, styles, scripts and fonts of a recording")


def run(arguments: argparse.Namespace) -> int:
    """Convert; what is left out is said on standard error."""
    from simulator.convert import source

    make: Callable[..., source.Made] = {
        "har": source.from_har,
        "openapi": source.from_openapi,
        "k6-thresholds": source.from_k6,
        "taurus": source.from_taurus,
    }[arguments.format]
    made = make(arguments.file, arguments.name or arguments.file.stem, assets=arguments.assets)
    for what in made.left_out:
        print(f"left out: {what}", file=sys.stderr)
    if arguments.output is None:
        print(made.text, end="")
        return 0
    _write(arguments.output, made.text)
    print(f"wrote {arguments.output}")
    for variable in made.secrets:
        print(f"it takes {variable} from the environment")
    return 0


def _write(path: Path, text: str) -> None:
    if path.exists():
        raise UsageError(f"{path} is there already; nothing was written", hint="choose another --output")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error
