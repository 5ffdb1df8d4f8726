"""`simulator run --suite NAME`: the parts of a suite as command lines of their own."""

from __future__ import annotations

import argparse
from copy import copy

from simulator.cli.project_arguments import project_here
from simulator.plan.suite import Suite, leaves


def parts_of(arguments: argparse.Namespace) -> list[argparse.Namespace]:
    """The command line of every part; what was said on the command line stands before what the suite says.

    Raises:
        UsageError: there is no such suite, or suites contain each other.
        FileError: `simulator.yaml` has mistakes.
    """
    project = project_here()
    return [_part(arguments, suite) for suite in leaves(project.suites, arguments.suite)]


def _part(arguments: argparse.Namespace, suite: Suite) -> argparse.Namespace:
    part = copy(arguments)
    part.select = arguments.select or suite.select
    part.profile = arguments.profile or suite.profile
    part.environment = arguments.environment or (None if arguments.host else suite.environment)
    part.thresholds = arguments.thresholds or list(suite.thresholds) or None
    part.once = arguments.once or suite.once
    part.slots = suite.slots if arguments.slots == 1 else arguments.slots
    part.retries = arguments.retries or suite.retries
    return part
