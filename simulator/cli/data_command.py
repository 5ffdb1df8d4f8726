"""Test data by itself: make it, look at it, take away what a run left behind.

simulator data generate journeys/data/shop.yaml              every entity as a file, the same on any machine
simulator data validate journeys/data/shop.yaml order.csv    given rows against the spec, every problem with its place
simulator data clean reports/<run>                           what a run created and could not take away any more
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from simulator.errors import FileError, UsageError

FORMATS = ("csv", "jsonl", "sql", "parquet")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `simulator data` takes."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="generate|validate|clean")
    generate = actions.add_parser("generate", help="write the rows of a spec to files")
    generate.add_argument("spec", type=Path, metavar="SPEC", help="a data spec")
    generate.add_argument("--entity", action="append", metavar="NAME", help="only this one; again for more")
    generate.add_argument("--count", type=int, metavar="N", help="so many rows, instead of what the spec says")
    generate.add_argument("--seed", type=int, metavar="N", help="instead of the spec's")
    generate.add_argument("--format", choices=FORMATS, default="csv")
    generate.add_argument("--out", type=Path, default=Path(), metavar="DIR", help="where the files go (here)")
    workers = "processes that make rows (one a core); the files are the same with any number"
    generate.add_argument("--workers", type=int, default=os.cpu_count() or 1, metavar="N", help=workers)
    validate = actions.add_parser("validate", help="look at rows with the eyes of a spec")
    validate.add_argument("spec", type=Path, metavar="SPEC", help="a data spec")
    files = "files named after their entities, such as order.csv; without any, the rows that the spec makes"
    validate.add_argument("files", nargs="*", type=Path, metavar="FILE", help=files)
    clean = actions.add_parser("clean", help="take away what a run created")
    clean.add_argument("run", type=Path, metavar="RUN", help="a run folder")
    clean.add_argument("--environment", metavar="NAME", help="where, instead of where the run was")


def run(arguments: argparse.Namespace) -> int:
    """Generate, validate or clean."""
    return {"generate": _generate, "validate": _validate, "clean": _clean}[arguments.action](arguments)


def _generate(arguments: argparse.Namespace) -> int:
    from dataclasses import replace

    from simulator.data.generation import generate
    from simulator.data.rows import with_count
    from simulator.data.spec_file import load_spec

    spec = load_spec(arguments.spec, os.environ)
    if arguments.seed is not None:
        spec = replace(spec, seed=arguments.seed)
    names = arguments.entity or [entity.name for entity in spec.in_order()]
    if arguments.count is not None and (arguments.count < 0 or len(names) != 1):
        raise UsageError("--count is a number of rows of one --entity")
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name in names:
        if arguments.count is not None:
            spec = with_count(spec, name, arguments.count)
        path = arguments.out / f"{name}.{arguments.format}"
        count = generate(spec, name, path, arguments.format, max(1, arguments.workers))
        print(f"{path}: {count} rows")
    return 0


def _validate(arguments: argparse.Namespace) -> int:
    from itertools import islice

    from simulator.data.spec_file import load_spec
    from simulator.data.validation import MOST_PROBLEMS, generated, given_file, validate

    spec = load_spec(arguments.spec, os.environ)
    given = [given_file(spec, path) for path in arguments.files]
    looked_at = given or [generated(spec, entity.name) for entity in spec.in_order()]
    problems = list(islice(validate(spec, looked_at), MOST_PROBLEMS))
    if problems:
        raise FileError(problems)
    print(f"{', '.join(each.file for each in looked_at)}: good")
    return 0


def _clean(arguments: argparse.Namespace) -> int:
    from simulator.cli.test_data import clean_run

    return clean_run(arguments.run, arguments.environment)
