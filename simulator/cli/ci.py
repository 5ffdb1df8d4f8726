"""`simulator run --ci`: what a pipeline would say on the command line each time, unless it says otherwise."""

from __future__ import annotations

import argparse
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simulator.errors import UsageError
from simulator.plan.project import Project

PROFILES = ("gate", "ci", "smoke")
"""Profiles that a pipeline means, the first that there is."""

HISTORY = "last 8"
LEFT = ("summary.md", "junit.xml")
"""Pages of a run that pipelines want at a place that is always the same."""


def with_defaults(arguments: argparse.Namespace, project: Project) -> None:
    """Fill in what the command line left open.

    Raises:
        UsageError: no profile can be told to be the pipeline's.
    """
    says_load = arguments.users or arguments.rate or arguments.once or arguments.suite
    if not arguments.profile and not says_load:
        arguments.profile = _profile(project)
    arguments.quiet = True
    arguments.baseline = arguments.baseline or HISTORY


def _profile(project: Project) -> str:
    named = next((name for name in PROFILES if name in project.profiles), None)
    found = named or project.profile or (next(iter(project.profiles)) if len(project.profiles) == 1 else None)
    if found is None:
        known = ", ".join(project.profiles) or "none"
        hint = f"profiles here: {known}; call one of them gate, or say --profile"
        raise UsageError("which profile does --ci mean?", hint=hint)
    return found


def leave(folder: Path, document: Mapping[str, Any], out: Path, environ: Mapping[str, str] = os.environ) -> None:
    """Put the pages of a run where a pipeline looks for them, and tell GitHub's later steps about the run.

    Args:
        folder: of the run.
        document: what its `run.json` says.
        out: the folder of all runs; `summary.md` and `junit.xml` of the latest lie in it afterwards.
        environ: of the pipeline.
    """
    for name in LEFT:
        if (folder / name).is_file():
            shutil.copyfile(folder / name, out / name)
    told = environ.get("GITHUB_OUTPUT")
    if told:
        with Path(told).open("a", encoding="utf-8") as file:
            file.write(f"run={folder}\nverdict={document['verdict']}\nreport={folder / 'report.html'}\n")
