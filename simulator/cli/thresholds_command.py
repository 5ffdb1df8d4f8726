"""Limits that stored runs would have passed, with a margin: a threshold file to begin with.

simulator thresholds propose "last 8" --margin 20% > thresholds/release.yaml
"""

from __future__ import annotations

import argparse
from pathlib import Path

from simulator.errors import UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `simulator thresholds` takes."""
    parser.add_argument("what", choices=("propose",), help="propose: write a threshold file from runs")
    parser.add_argument("runs", nargs="+", metavar="RUN", help="run folders, builds, or `last 8`")
    where = "where runs are looked up (reports/)"
    parser.add_argument("--reports", type=Path, default=Path("reports"), metavar="DIR", help=where)
    parser.add_argument("--margin", default="20%", metavar="SHARE", help="how much worse it may become (20%%)")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write it there instead of standard output")


def run(arguments: argparse.Namespace) -> int:
    """Propose."""
    from simulator.cli.run_facts import facts_in
    from simulator.cli.run_lookup import StoredRuns
    from simulator.compare.proposal import propose, threshold_file

    margin = _margin(arguments.margin)
    stored = StoredRuns(arguments.reports)
    folders = list(dict.fromkeys(folder for word in arguments.runs for folder in stored.find(word)))
    runs = [facts_in(folder)[1] for folder in folders]
    proposals = propose(runs, margin=margin)
    if not proposals:
        raise UsageError("these runs measured too little to propose anything", hint="run longer, or name more runs")
    text = threshold_file(proposals, runs, margin)
    if arguments.output is None:
        print(text, end="")
    else:
        from simulator.record.folder import write_whole

        write_whole(arguments.output, text.encode())
    return 0


def _margin(text: str) -> float:
    from simulator.units import parse_share

    try:
        return parse_share(text)
    except ValueError as error:
        raise UsageError(f"--margin: {error}") from error
