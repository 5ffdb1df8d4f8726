"""The history of builds in a folder of reports: where a step changed for good, which build brought it, what is flaky.

Runs with the same plan, environment and machine form a history; the longest is shown unless --profile names another.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from simulator.cli.output import write_out
from simulator.cli.shared_reports import at_hand, place
from simulator.errors import UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `simulator trend` takes."""
    where = "where runs are looked up (reports/)"
    parser.add_argument("--reports", type=place, default=Path("reports"), metavar="DIR", help=where)
    parser.add_argument("--profile", metavar="NAME", help="only runs of this profile")
    parser.add_argument("--environment", metavar="NAME", help="only runs against this environment")
    metrics = "p50, p95, p99, error_rate or throughput; again for more (p95)"
    parser.add_argument("--metric", action="append", metavar="METRIC", help=metrics)
    parser.add_argument("--operations", action="store_true", help="operations too, not only journeys and steps")
    parser.add_argument("--format", choices=("text", "json", "csv", "html"), default="text")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write it there instead of standard output")


def run(arguments: argparse.Namespace) -> int:
    """Show the history."""
    with at_hand(arguments.reports) as arguments.reports:
        return _shown(arguments)


def _shown(arguments: argparse.Namespace) -> int:
    from simulator.cli.run_index import histories
    from simulator.compare.history import flaky_thresholds, history, plans, tracks
    from simulator.report import trend_text

    metrics = _metrics(arguments.metric)
    documents = [document for document in histories(arguments.reports) if _fits(document, arguments)]
    longest = next(iter(plans(documents).values()), [])
    levels = ("journey", "step", "operation") if arguments.operations else ("journey", "step")
    points = history(longest, levels=levels, metrics=metrics)
    if not points:
        raise UsageError(f"there is no valid run in {arguments.reports} that fits", hint="simulator run writes them")
    if arguments.format == "html":
        from simulator.report.history import history_of
        from simulator.report.trend_html import to_html

        shown = history_of(longest, metrics, levels, builds=len(points))
        write_out(to_html(shown, len(documents) - len(longest)), arguments.output)
        return 0
    found, flaky = tracks(points, metrics), flaky_thresholds(longest)
    if arguments.format == "csv":
        text = trend_text.to_csv(points, found)
    elif arguments.format == "json":
        import json

        text = json.dumps(trend_text.to_plain(points, found, flaky), indent=2) + "\n"
    else:
        text = trend_text.to_text(points, found, flaky) + _others(len(documents) - len(longest))
    write_out(text, arguments.output)
    return 0


def _metrics(words: Sequence[str] | None) -> tuple[str, ...]:
    from simulator.compare.history import METRICS
    from simulator.errors import did_you_mean

    for word in words or ():
        if word not in METRICS:
            raise UsageError(f"--metric {word}: no such metric", hint=did_you_mean(word, METRICS))
    return tuple(words or ("p95",))


def _fits(document: Mapping[str, Any], arguments: argparse.Namespace) -> bool:
    wanted = {"profile": arguments.profile, "environment": arguments.environment}
    return all(value is None or document.get(key) == value for key, value in wanted.items())


def _others(count: int) -> str:
    """How many runs do not belong to the history that is shown."""
    text = f"\n{count} more runs have another plan, environment or machine; --profile and --environment choose\n"
    return text if count else ""
