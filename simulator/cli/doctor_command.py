"""Say what is installed, which browser is used, and what this machine can carry; with --fix, mend what is missing."""

from __future__ import annotations

import argparse
import os
import sys

from simulator.errors import BringUpError
from simulator.units import show_size

PYTHON = (3, 11)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `simulator doctor` takes."""
    parser.add_argument("--fix", action="store_true", help="install a browser when none is there; measures nothing")
    measure = "measure what one browser user costs here (10 s); done by itself unless --fix is given"
    parser.add_argument("--measure", action=argparse.BooleanOptionalAction, help=measure)


def run(arguments: argparse.Namespace) -> int:
    """Look, say, mend."""
    from simulator.engine.browser import find_browser, fix_browser
    from simulator.monitor.machine import machine, versions

    for name, text in versions().items():
        print(f"{name:<12}{text}")
    about = machine()
    print(f"{'machine':<12}{about['cores']} cores, {about['memory_bytes'] / 1e9:.0f} GB, {about['processor']}")
    if sys.version_info < PYTHON:
        raise BringUpError("Python 3.11 or newer is needed")
    try:
        browser = find_browser(os.environ)
    except BringUpError as error:
        if not arguments.fix:
            raise
        print(f"{'browser':<12}{error}")
        browser = fix_browser(print)
    print(f"{'browser':<12}{browser.description} ({browser.path})")
    if arguments.measure or (arguments.measure is None and not arguments.fix):
        _measure(int(about["cores"]))
    return 0


def _measure(cores: int) -> None:
    """What one browser user costs, and how many of them this machine carries; kept for the warning before a run."""
    import psutil

    from simulator.cli.doctor_measure import measure_cost
    from simulator.engine.browser.capacity import keep_cost

    cost = measure_cost()
    keep_cost(cost)
    memory_bytes = psutil.virtual_memory().available
    print(f"{'one user':<12}{cost.cpu_s:.2f} CPU seconds a journey of four steps, which takes {cost.wall_s:.1f} s; "
          f"{show_size(cost.user_bytes)} of memory beside {show_size(cost.base_bytes)} for all")  # fmt: skip
    print(f"{'carries':<12}{cost.users(cores, memory_bytes)} browser users who never pause, "
          f"{cost.users(cores, memory_bytes, 5.0)} who think for 5 s between journeys, "
          f"or {cost.journeys_per_s(cores):.1f} journeys a second")  # fmt: skip
