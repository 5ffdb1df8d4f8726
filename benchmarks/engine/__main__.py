"""Runs the comparisons and keeps their tables in docs/engine.md."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from benchmarks.engine.case import CASES, measure
from benchmarks.engine.openness import frozen, growth, start_errors
from benchmarks.engine.page import table_of_case, write_table
from benchmarks.engine.peer import Peer, k6_here, peers
from benchmarks.engine.scaling import scaling
from benchmarks.engine.target import Target

OTHERS = {
    "start": "Open model: how late journeys begin",
    "frozen": "Open model: a server that stands still for a second in every ten",
    "growth": "Memory at full rate",
    "workers": "A second worker",
}


def others(name: str, target: Target, everybody: Mapping[str, Peer], asked: argparse.Namespace) -> None:
    """What is no cost beside peers."""
    if name == "start":
        table = start_errors(target, 10)
    elif name == "frozen":
        table = frozen(target, everybody["k6"], asked.rounds)
    elif name == "workers":
        table = scaling(asked.rounds, asked.seconds)
    else:
        table = growth(target, everybody["simulator"], asked.minutes)
    print(f"\n{OTHERS[name]}\n\n{table}\n", flush=True)
    if not asked.dry:
        write_table(name, OTHERS[name], table)


def main() -> None:
    names = [*(case.name for case in CASES), *OTHERS]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(names))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0, help="how long each is measured in each round")
    parser.add_argument("--minutes", type=float, default=10.0, help="how long `growth` lasts")
    parser.add_argument("--only", nargs="*", help="only these peers")
    parser.add_argument("--k6", help="where k6 is")
    parser.add_argument("--dry", action="store_true", help="leave docs/engine.md as it is")
    asked = parser.parse_args()
    everybody = peers(k6_here(asked.k6))
    for name in asked.names or names:
        if name in OTHERS:
            with Target() as target:
                others(name, target, everybody, asked)
    for case in CASES:
        if asked.names and case.name not in asked.names:
            continue
        if asked.only is not None:
            case = case.only(asked.only)
        table = table_of_case(case, measure(case, everybody, asked.rounds, asked.seconds), asked.rounds)
        print(f"\n{case.title}\n\n{table}\n", flush=True)
        if not asked.dry:
            write_table(case.name, case.title, table)


if __name__ == "__main__":
    main()
