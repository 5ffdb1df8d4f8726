"""Validate journeys, simulator.yaml and threshold files; or judge a stored run again under other limits.

simulator check                                  everything of the project here
simulator check thresholds/release.yaml          only this file
simulator check reports/<run> --thresholds FILE  judge a stored run under these limits
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from simulator.cli.project_arguments import project_here
from simulator.errors import FileError, SimulatorError, UsageError
from simulator.plan.project import FILE_NAME, Project


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `simulator check` takes."""
    parser.add_argument("paths", nargs="*", type=Path, metavar="FILE|RUN", help="files to validate, or one run folder")
    parser.add_argument("--thresholds", type=Path, action="append", metavar="FILE", help="limits to judge the run by")
    parser.add_argument("--strict", action="store_true", help="an inconclusive threshold makes exit code 4")


def run(arguments: argparse.Namespace) -> int:
    """Validate, or judge again."""
    folders = [path for path in arguments.paths if (path / "data.sqlite").is_file()]
    if folders or arguments.thresholds:
        return _judge_again(arguments, folders)
    return _validate(arguments.paths)


def _judge_again(arguments: argparse.Namespace, folders: list[Path]) -> int:
    from simulator.cli.judgement import judged, known_names_of_run
    from simulator.record.folder import RunFolder
    from simulator.report.render import render
    from simulator.threshold.load import check_names, load_thresholds

    if len(folders) != 1 or len(arguments.paths) != 1:
        raise UsageError("--thresholds judges one run folder", hint="simulator check reports/<run> --thresholds FILE")
    folder = RunFolder.open(folders[0])
    thresholds = load_thresholds(arguments.thresholds, environ=os.environ) if arguments.thresholds else None
    problems = check_names(thresholds, known_names_of_run(folder)) if thresholds else []
    if problems:
        raise FileError(problems)
    run_again = judged(folder, strict=arguments.strict, thresholds=thresholds)
    print(render(run_again, "text"))
    return int(run_again.document["exit_code"])


def _validate(paths: list[Path]) -> int:
    from simulator.cli.failure import say
    from simulator.engine.patch import patch

    patch()
    codes = [0]
    for path in paths or _of_project(project_here()):
        try:
            _look_at(path)
            print(f"{path}: good")
        except SimulatorError as error:
            sys.stdout.flush()
            say(error)
            codes.append(error.exit_code)
    return max(codes)


def _of_project(project: Project) -> Iterator[Path]:
    if (project.root / FILE_NAME).is_file():
        yield Path(FILE_NAME)
    yield from project.journeys
    services = [service for environment in project.environments.values() for service in environment.services]
    yield from dict.fromkeys(Path(service.virtual) for service in services if service.virtual)
    yield from dict.fromkeys(file for profile in project.profiles.values() for file in profile.thresholds)
    yield from dict.fromkeys(file for profile in project.profiles.values() for file in profile.contracts.files)


def _look_at(path: Path) -> None:
    from simulator.contract.source import read_sources
    from simulator.data.spec_file import load_spec
    from simulator.plan.discovery import load_cast
    from simulator.threshold.load import load_thresholds
    from simulator.virtual.stub_file import load_stub_file

    if path.name == FILE_NAME:
        project_here()
    elif path.suffix == ".json" or (path.suffix in (".yaml", ".yml") and _has(path, "interactions", "openapi")):
        read_sources([path])
    elif path.suffix in (".yaml", ".yml") and _has(path, "stubs"):
        load_stub_file(path)
    elif path.suffix in (".yaml", ".yml") and _has(path, "journeys"):
        load_cast([path])
    elif path.suffix in (".yaml", ".yml") and (_has(path, "entities", "feeders")):
        load_spec(path, os.environ)
    elif path.suffix in (".yaml", ".yml"):
        load_thresholds([path], environ=os.environ)
    else:
        load_cast([path])


def _has(path: Path, *keys: str) -> bool:
    from simulator.document import read_document
    from simulator.node import Problems

    node = read_document(path, environ=os.environ, problems=Problems())
    return any(node.get(key) is not None for key in keys)
