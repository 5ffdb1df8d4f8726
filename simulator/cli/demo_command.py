"""The embedded shop, its journeys, a verdict, a report: the whole of simulator in one command, from anywhere.

simulator demo                          rehearse the shop
simulator demo --break failing-payments rehearse a worse build of it (serve --help lists them)
simulator demo serve --port 8000        only the shop
simulator demo payments --port 8001     only the payment service
"""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from importlib.resources import as_file, files
from pathlib import Path

from simulator.plan.project import Project, parse_project

PROFILE = "smoke"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `simulator demo` takes."""
    from simulator.demo.arguments import add_payments, add_shop

    worse = "a worse build of the shop"
    parser.add_argument("--break", dest="worse", action="append", default=[], metavar="NAME", help=worse)
    parser.add_argument("--duration", metavar="TIME", help="how long (10s)")
    where = "where run folders go (reports/)"
    parser.add_argument("--out", type=Path, default=Path("reports"), metavar="DIR", help=where)
    parser.add_argument("--quiet", action="store_true", help="only the last screen")
    services = parser.add_subparsers(metavar="serve|payments")
    add_shop(services.add_parser("serve", help="only the shop"))
    add_payments(services.add_parser("payments", help="only the payment service"))


def run(arguments: argparse.Namespace) -> int:
    """Serve, or rehearse."""
    if hasattr(arguments, "serve"):
        from simulator.demo.arguments import start

        for name in ("worse", "duration", "out", "quiet"):
            delattr(arguments, name)
        return start(arguments)
    return _rehearse(arguments)


def _rehearse(arguments: argparse.Namespace) -> int:
    from simulator.engine.patch import patch

    patch()
    from simulator.cli.controller import Controller
    from simulator.cli.rehearsal import plan_rehearsal
    from simulator.cli.run_command import add_arguments as add_run_arguments
    from simulator.cli.view import view_for

    options = argparse.ArgumentParser()
    add_run_arguments(options)
    words = ["--profile", PROFILE, "--build", "-".join(["demo", *arguments.worse]), "--out", str(arguments.out)]
    asked = options.parse_args([*words, *(["--duration", arguments.duration] if arguments.duration else [])])
    with as_file(files("simulator.cli") / "first_project") as root:
        rehearsal = plan_rehearsal(asked, _project(root, arguments.worse))
        return Controller(rehearsal, view_for(quiet=arguments.quiet)).run()


def _project(root: Path, worse: list[str]) -> Project:
    """The first project, with a worse build of its shop when that is asked for."""
    text = (root / "simulator.yaml").read_text(encoding="utf-8")
    project = parse_project(text, "simulator.yaml", root, os.environ)
    demo = project.environments["demo"]
    switches = "".join(f" --break {name}" for name in worse)
    services = tuple(
        replace(service, command=f"{service.command}{switches}") if service.name == "shop" else service
        for service in demo.services
    )
    return replace(project, environments={"demo": replace(demo, services=services)})
