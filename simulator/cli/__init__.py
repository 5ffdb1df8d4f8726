"""The command line: one file a command; the only room that prints and exits."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

COMMANDS = {
    "init": "a first journey, threshold file and simulator.yaml that run",
    "demo": "the embedded shop, its journeys, a verdict, a report",
    "run": "run journeys, judge them, report",
    "list": "user classes, journeys and their steps; runs nothing",
    "check": "validate files, or judge a stored run again under other limits",
    "compare": "two builds or runs: what became worse, whether that is noise, and why",
    "trend": "the history of builds: changes for good, flaky thresholds",
    "capacity": "the highest rate, or number of users, at which the thresholds still hold",
    "noise": "how much this suite moves by itself; later comparisons use it",
    "thresholds": "limits that stored runs would have passed, with a margin",
    "report": "a stored run as text, HTML, Markdown, JUnit, JSON, CSV, for Prometheus or OpenTelemetry",
    "worker": "one more machine for a distributed run",
    "virtual": "serve, record or proxy services that a system depends on",
    "contract": "collect, verify, compare and publish contracts",
    "convert": "a journey from a HAR recording or an OpenAPI description; limits from k6 or Taurus",
    "data": "make, validate or take away test data",
    "selftest": "whether the numbers are right on this machine: known beside measured",
    "doctor": "what is installed, which browser is used, what is missing",
}
EXIT_CODES = """\
exit codes:
  0  passed
  1  a threshold failed, or a regression
  2  wrong usage, or a mistake in a file
  3  the environment or a journey file could not be brought up, or the target cannot be reached
  4  the run is invalid or has no data
  130, 143  stopped from outside; what was measured is stored and reported"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code of the process."""
    from simulator.cli.failure import exit_code_of
    from simulator.cli.unbreakable import make_unbreakable

    words = list(sys.argv[1:] if arguments is None else arguments)
    parser = _parser()
    chosen = parser.parse_args(words[:1] or ["--help"])
    command = import_module(f"simulator.cli.{chosen.command}_command")
    own = argparse.ArgumentParser(
        prog=f"simulator {chosen.command}",
        description=command.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_arguments(own)
    make_unbreakable()
    with exit_code_of() as outcome:
        outcome.code = command.run(_parsed(own, words[1:], takes_more=getattr(command, "TAKES_MORE", False)))
    return outcome.code


def _parsed(parser: argparse.ArgumentParser, words: list[str], *, takes_more: bool) -> argparse.Namespace:
    """A command's arguments; one that takes more finds what it does not know, and all behind `--`, in `more`."""
    if not takes_more:
        return parser.parse_args(words)
    at = words.index("--") if "--" in words else len(words)
    arguments, unknown = parser.parse_known_args(words[:at])
    arguments.more = [*unknown, *words[at + 1 :]]
    return arguments


def _parser() -> argparse.ArgumentParser:
    width = max(map(len, COMMANDS)) + 2
    listing = "\n".join(f"  {name:<{width}}{text}" for name, text in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="simulator",
        usage="simulator COMMAND [options]",
        description="Rehearse a release: API and browser users together, under load, with a verdict to trust.",
        epilog=f"commands:\n{listing}\n\nsimulator COMMAND --help says more.\n\n{EXIT_CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version)
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND", help="one of the commands below")
    return parser


class _Version(argparse.Action):
    def __init__(self, option_strings: Sequence[str], dest: str) -> None:
        super().__init__(option_strings, dest, nargs=0, help="print the version and stop")

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        print(f"simulator {version('simulator')}")
        parser.exit()
