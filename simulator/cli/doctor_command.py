"""Say what is installed, which browser is used, and what is missing; with --fix, mend it."""

from __future__ import annotations

import argparse
import os
import sys

from simulator.errors import BringUpError

PYTHON = (3, 11)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `simulator doctor` takes."""
    parser.add_argument("--fix", action="store_true", help="install a browser when none is there")


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
    return 0
