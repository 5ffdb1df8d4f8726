"""One more process, or machine, for a distributed run: does its share of what the master orders, and ends with it.

The run is started elsewhere with `simulator run --remote-workers N`; give the worker the same journey files, and the
same key in the environment variable SIMULATOR_KEY: without it nobody joins a run that listens beyond its own machine.
"""

from __future__ import annotations

import argparse
import os

from simulator.cli.project_arguments import add_paths
from simulator.errors import UsageError

PORT = 5557
"""Locust's own."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `simulator worker` takes."""
    add_paths(parser)
    parser.add_argument("--master", metavar="HOST[:PORT]", required=True, help=f"where the run is started ({PORT})")


def run(arguments: argparse.Namespace) -> int:
    """Work until the run is over."""
    from simulator.engine.patch import patch

    patch()
    from simulator.cli.project_arguments import cast_of, project_here
    from simulator.engine.browser import browser_for
    from simulator.engine.crew import PARENT
    from simulator.engine.key import lock_sockets, shared_key
    from simulator.engine.worker import Worker

    host, port = master_address(arguments.master)
    lock_sockets(shared_key(), "worker")
    cast = cast_of(arguments, project_here())
    parent = os.environ.get(PARENT)
    worker = Worker(cast, host, port, browser_for, int(parent or 0) or None)
    reason = worker.work()
    print(f"the run is over{f': {reason}' if reason else ''}")
    return 0


def master_address(text: str) -> tuple[str, int]:
    """Host and port of a master.

    Raises:
        UsageError: the text is no address.
    """
    host, colon, port = text.rpartition(":")
    if not colon:
        return text, PORT
    if not host or not port.isdigit():
        raise UsageError(f"--master {text} is no address", hint="write it like 10.0.0.5 or 10.0.0.5:5557")
    return host.strip("[]"), int(port)
