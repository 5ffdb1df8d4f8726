"""Run journeys against an environment, under load; judge, report, and say so with the exit code."""

from __future__ import annotations

import argparse
from pathlib import Path

from simulator.cli.browsers import add_browser_arguments
from simulator.cli.project_arguments import add_paths, project_here
from simulator.cli.shared_reports import at_hand, place

STOPPED = (130, 143)
WEIGHTIEST_LAST = (0, 1, 4, 3, 2, *STOPPED)
"""Exit codes of the parts of a suite: the weightiest is the suite's own."""

TAKES_MORE = True
"""Options that are not ours are offered to the journey files: locustfiles may add their own."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `simulator run` takes."""
    add_paths(parser)
    where = parser.add_argument_group("where")
    where.add_argument("--environment", metavar="NAME", help="an environment of simulator.yaml")
    where.add_argument("--host", "-H", metavar="URL", help="an address that is simply there, instead of an environment")
    where.add_argument("--keep", action="store_true", help="leave the environment up, and say how to stop it")
    where.add_argument("--insecure", action="store_true", help="API users take any certificate")
    http2 = "API users speak HTTP/2: where the server agrees, or over plain connections too"
    where.add_argument("--http2", nargs="?", const="tls", choices=("tls", "prior-knowledge"), help=http2)
    load = parser.add_argument_group("how much")
    load.add_argument("--profile", metavar="NAME", help="a profile of simulator.yaml")
    users = "users (closed model); again for more classes"
    load.add_argument("--users", "-u", metavar="N|CLASS=N", action="append", help=users)
    rate = "journeys per second (open model); OF is a user class or a journey"
    load.add_argument("--rate", metavar="N/s|OF=N/s", action="append", help=rate)
    load.add_argument("--duration", "--run-time", "-t", metavar="TIME", help="how long, such as 30s or 5m")
    load.add_argument("--spawn-rate", "-r", metavar="N", help="so many users are started a second (all at once)")
    suite = parser.add_argument_group("as a test suite")
    suite.add_argument("--suite", metavar="NAME", help="a suite of simulator.yaml; its parts run one after the other")
    suite.add_argument("--once", action="store_true", help="every selected journey once, in order of dependencies")
    suite.add_argument(
        "--retries", type=int, default=0, metavar="N", help="try a failed journey again; it is flaky then"
    )
    suite.add_argument("--shard", metavar="K/N", help="the K-th of N parts of about the same duration")
    suite.add_argument("--slots", type=int, default=1, metavar="N", help="how many run side by side (1)")
    load.add_argument("--iterations", type=int, metavar="N", help="so many journeys in all (closed model)")
    spread = parser.add_argument_group("spread over processes")
    workers = "worker processes on this machine; `auto` for one a core"
    spread.add_argument("--workers", metavar="N|auto", help=workers)
    remote = "wait for so many `simulator worker` from other machines"
    spread.add_argument("--remote-workers", type=int, default=0, metavar="N", help=remote)
    listen = "where the master listens for them (127.0.0.1:5557; *:5557 for other machines)"
    spread.add_argument("--listen", default="127.0.0.1:5557", metavar="ADDRESS:PORT", help=listen)
    without = "listen for workers beyond this machine though there is no SIMULATOR_KEY: anybody may join"
    spread.add_argument("--without-key", action="store_true", help=without)
    judging = parser.add_argument_group("judging")
    judging.add_argument("--thresholds", type=Path, action="append", metavar="FILE", help="instead of the profile's")
    judging.add_argument("--strict", action="store_true", help="an inconclusive threshold makes exit code 4")
    against = "what `rises` and `falls` are judged against: a run folder, a build, or 'last 8'"
    judging.add_argument("--baseline", metavar="RUN|BUILD", help=against)
    judging.add_argument("--build", metavar="NAME", help="what is being rehearsed (the present git commit)")
    contracts = parser.add_argument_group("contracts")
    checked = "check answers against this contract or description while the load runs; again for more"
    contracts.add_argument("--contracts", type=Path, action="append", metavar="FILE", help=checked)
    collected = "write a Pact file for each consumer and provider, from what they exchange (into the run's folder)"
    contracts.add_argument("--collect-contracts", nargs="?", const="", metavar="DIR", help=collected)
    contracts.add_argument("--pact-version", choices=("3", "4"), default="4", help="of collected Pact files (4)")
    output = parser.add_argument_group("output")
    ci = "for pipelines: profile gate, baseline 'last 8', quiet; summary.md and junit.xml beside the runs"
    output.add_argument("--ci", action="store_true", help=ci)
    where_to = "where run folders go (reports/); an address such as s3://bucket/reports, too"
    output.add_argument("--out", type=place, default=Path("reports"), metavar="DIR", help=where_to)
    output.add_argument("--quiet", action="store_true", help="only the last screen")
    web = "Locust's own web interface beside the run (127.0.0.1:8089)"
    output.add_argument("--web", nargs="?", const="127.0.0.1:8089", metavar="ADDRESS:PORT", help=web)
    browsers = parser.add_argument_group("browsers")
    add_browser_arguments(browsers)


def run(arguments: argparse.Namespace) -> int:
    """Rehearse."""
    with at_hand(arguments.out, keeps=True) as arguments.out:
        return _run(arguments)


def _run(arguments: argparse.Namespace) -> int:
    from simulator.engine.patch import patch

    patch()
    from simulator.cli.ci import leave, with_defaults
    from simulator.cli.controller import Controller
    from simulator.cli.rehearsal import plan_rehearsal
    from simulator.cli.suite import parts_of
    from simulator.cli.view import view_for
    from simulator.engine.ground import tell_quit

    if arguments.ci:
        with_defaults(arguments, project_here())
    asked = parts_of(arguments) if arguments.suite else [arguments]
    codes = []
    for part in asked:
        controller = Controller(plan_rehearsal(part), view_for(quiet=part.quiet))
        codes.append(controller.run())
        if arguments.ci and controller.judged is not None:
            leave(*controller.judged, arguments.out)
        if codes[-1] in STOPPED:
            break
    code = max(codes, key=WEIGHTIEST_LAST.index)
    tell_quit(code)
    return code
