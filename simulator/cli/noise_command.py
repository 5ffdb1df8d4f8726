"""How much this suite moves by itself: the same build measured several times, kept for every later comparison.

simulator noise --profile gate --runs 6      runs six times and keeps what they show in reports/noise.json
simulator noise --of 1.4                     takes the stored runs of a build (or `last 8`) instead
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.cli.shared_reports import at_hand
from simulator.errors import UsageError

if TYPE_CHECKING:
    from simulator.compare.noise import MeasuredNoise


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `simulator noise` takes."""
    from simulator.cli.run_command import add_arguments as add_run_arguments

    add_run_arguments(parser)
    series = parser.add_argument_group("how often")
    series.add_argument("--runs", type=int, default=6, metavar="N", help="how many runs (6)")
    series.add_argument("--of", metavar="RUNS", help="stored runs instead: a build, `last 8`, run folders")


def run(arguments: argparse.Namespace) -> int:
    """Measure, keep and show."""
    with at_hand(arguments.out, keeps=True) as arguments.out:
        return _shown(arguments)


def _shown(arguments: argparse.Namespace) -> int:
    from simulator.cli.run_facts import facts_in
    from simulator.compare.likeness import plan_of
    from simulator.compare.noise import noise_of

    folders = _stored(arguments) if arguments.of else _measured(arguments)
    if len(folders) < 2:
        raise UsageError("noise needs at least two runs", hint="--runs 6, or --of a build with several runs")
    found = [facts_in(folder) for folder in folders]
    if len({plan_of(document) for document, _ in found}) > 1:
        raise UsageError("these runs have different journeys or loads", hint="noise is that of one plan")
    table = noise_of([facts for _, facts in found], plan_of(found[0][0]))
    _keep(arguments.out, table)
    print(_text(table, arguments.out))
    return 0


def _stored(arguments: argparse.Namespace) -> list[Path]:
    from simulator.cli.run_lookup import StoredRuns

    return StoredRuns(arguments.out).find(arguments.of)


def _measured(arguments: argparse.Namespace) -> list[Path]:
    from simulator.cli.run_series import RunSeries

    series = RunSeries(arguments, arguments.out)
    words = ["--build", arguments.build] if arguments.build else []
    return [series.rehearse(words, f"run {turn + 1} of {arguments.runs}") for turn in range(arguments.runs)]


def _keep(reports: Path, table: MeasuredNoise) -> None:
    """Put the table beside the reports, in place of the one of the same plan."""
    from simulator.compare.noise import FILE_NAME
    from simulator.record.folder import write_whole

    others = [other for other in read_tables(reports) if other.get("plan") != table.plan]
    write_whole(reports / FILE_NAME, json.dumps([*others, table.to_plain()], indent=2).encode())


def read_tables(reports: Path) -> list[dict[str, Any]]:
    """All tables that are kept beside the reports; none when there are none, or when they are damaged."""
    from simulator.compare.noise import FILE_NAME

    try:
        found = json.loads((reports / FILE_NAME).read_bytes())
    except (OSError, ValueError):
        return []
    return [table for table in found if isinstance(table, dict)] if isinstance(found, list) else []


def _text(table: MeasuredNoise, reports: Path) -> str:
    from simulator.compare.noise import FILE_NAME
    from simulator.safe_text import clean
    from simulator.units import show_share

    lines = [f"how much {len(table.runs)} runs of the same thing differ by themselves (standard deviation)"]
    lines += [f"  {metric:<10}  ±{show_share(noise.ratio)}" for metric, noise in table.all.items()]
    loud = sorted(table.subjects.items(), key=lambda item: -item[1].ratio)[:5]
    lines += ["the noisiest"]
    lines += [f"  ±{show_share(noise.ratio):<6} {clean(subject.title)} {metric}" for (subject, metric), noise in loud]
    return "\n".join([*lines, f"kept in {reports / FILE_NAME}; every comparison of this plan uses it"])
