"""Two builds compared: which steps became slower or failed more often, whether that is noise, and what goes with it.

BASE and NEW are run folders, builds in --reports (all their valid runs), `last 8` (the last valid runs with the same
plan, environment and machine), or several of these separated by commas.

simulator compare 1.4 1.5                          two builds
simulator compare "last 8" reports/20260101-1.5    a run against its history
simulator compare --interleave old new --runs 5 --profile gate
                                                   measure two environments or hosts in alternation and compare them
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.cli.output import write_out
from simulator.cli.shared_reports import at_hand, place
from simulator.errors import UsageError

if TYPE_CHECKING:
    from simulator.compare.comparison import Allowed, Comparison, Gate
    from simulator.compare.noise import MeasuredNoise

FORMATS = ("text", "md", "json", "html")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `simulator compare` takes."""
    parser.add_argument("base", metavar="BASE", help="the older runs, or (--interleave) an environment or a host")
    parser.add_argument("new", metavar="NEW", help="the newer runs, likewise")
    where = "where runs are looked up and written (reports/)"
    parser.add_argument("--reports", type=place, default=Path("reports"), metavar="DIR", help=where)
    parser.add_argument("--format", choices=FORMATS, default="text")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write it there instead of standard output")
    rule = parser.add_argument_group("what counts")
    rule.add_argument("--allow", metavar="SHARE", help="how much slower it may be (10%%)")
    gate = "a metric that matters, such as 'pay:p95'; judged among gates only; again for more"
    rule.add_argument("--gate", action="append", default=[], metavar="STEP:METRIC", help=gate)
    rule.add_argument("--anyway", action="store_true", help="compare runs with different journeys or loads")
    from simulator.cli.run_series import add_options

    series = parser.add_argument_group("measuring in alternation")
    series.add_argument("--interleave", action="store_true", help="run BASE and NEW in alternation first: A B A B …")
    series.add_argument("--runs", type=int, default=5, metavar="N", help="runs of each (5); paired from 5 on")
    add_options(series)


def run(arguments: argparse.Namespace) -> int:
    """Compare."""
    with at_hand(arguments.reports) as arguments.reports:
        return _compared(arguments)


def _compared(arguments: argparse.Namespace) -> int:
    from simulator.compare.document import comparison_document

    if arguments.interleave:
        base, new = _interleaved(arguments)
    else:
        base, new = find_sides(arguments.base, arguments.new, arguments.reports)
    comparison = compare_runs(
        base, new, arguments.reports, allowed=_allowed(arguments.allow), gates=[_gate(word) for word in arguments.gate],
        anyway=arguments.anyway, paired=arguments.interleave,
    )  # fmt: skip
    document = comparison_document(comparison)
    write_out(_rendered(document, arguments.format), arguments.output)
    return int(document["exit_code"])


def find_sides(base: str, new: str, reports: Path) -> tuple[list[Path], list[Path]]:
    """The run folders of both sides.

    Raises:
        UsageError: one of them names no run, or both are the same.
    """
    from simulator.cli.run_lookup import StoredRuns

    runs = StoredRuns(reports)
    newer = runs.find(new)
    older = [folder for folder in runs.find(base, like=runs.document(newer[0])) if folder not in newer]
    if not older:
        raise UsageError("both sides are the same runs", hint="name another build, or `last 8` for the history")
    return older, newer


def compare_runs(
    base: Sequence[Path],
    new: Sequence[Path],
    reports: Path,
    *,
    allowed: Allowed | None = None,
    gates: Sequence[Gate] = (),
    anyway: bool = False,
    paired: bool = False,
) -> Comparison:
    """The comparison of stored runs.

    Raises:
        UsageError: a run cannot be read, or they measured different things and `anyway` is not given.
    """
    from simulator.cli.run_facts import facts_in
    from simulator.compare.comparison import compare
    from simulator.compare.likeness import has_fixed_rate, plan_of

    older, newer = [facts_in(folder) for folder in base], [facts_in(folder) for folder in new]
    warnings = _warnings([document for document, _ in older], [document for document, _ in newer], anyway=anyway)
    warnings = [warning for warning in warnings if not (paired and warning.startswith("different environments"))]
    first = newer[0][0]
    return compare(
        [facts for _, facts in older],
        [facts for _, facts in newer],
        allowed=allowed,
        noise=noise_for(plan_of(first), reports),
        gates=gates,
        fixed_rate=has_fixed_rate(first),
        paired=paired,
        warnings=warnings,
    )


def noise_for(plan: str, reports: Path) -> MeasuredNoise | None:
    """What `simulator noise` has measured for this plan, or `None`."""
    from simulator.cli.noise_command import read_tables
    from simulator.compare.noise import MeasuredNoise

    try:
        return next(MeasuredNoise.from_plain(table) for table in read_tables(reports) if table.get("plan") == plan)
    except (KeyError, TypeError, StopIteration):
        return None


def _warnings(base: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]], *, anyway: bool) -> list[str]:
    """What differs between the sides, and which runs are invalid.

    Raises:
        UsageError: they measured different things.
    """
    from simulator.compare.likeness import differences, is_valid

    found = [d for document in (*base, *new[1:]) for d in differences(document, new[0])]
    refused = list(dict.fromkeys(difference.text for difference in found if difference.refused))
    if refused and not anyway:
        raise UsageError(f"these runs measured different things: {'; '.join(refused)}", hint="--anyway compares them")
    invalid = [str(document["run"]) for document in (*base, *new) if not is_valid(document)]
    texts = [f"run {name} is invalid: its numbers may be the generator's" for name in invalid]
    return [*dict.fromkeys(difference.text for difference in found), *texts]


def _allowed(text: str | None) -> Allowed:
    from simulator.compare.comparison import Allowed
    from simulator.units import parse_share

    if text is None:
        return Allowed()
    try:
        return Allowed(slower=parse_share(text))
    except ValueError as error:
        raise UsageError(f"--allow: {error}") from error


def _gate(word: str) -> Gate:
    from simulator.compare.comparison import METRICS, Gate
    from simulator.errors import did_you_mean

    pattern, _, metric = word.rpartition(":")
    if not pattern or metric not in (*METRICS, "*"):
        hint = did_you_mean(metric, METRICS) if pattern else "write it like pay:p95"
        raise UsageError(f"--gate {word}: no metric is named {metric!r}", hint=hint)
    return Gate(pattern, metric)


def _rendered(document: Mapping[str, Any], form: str) -> str:
    if form == "json":
        import json

        return json.dumps(document, indent=2, ensure_ascii=True) + "\n"
    if form == "html":
        from simulator.report.comparison_html import to_html

        return to_html(document)
    from simulator.report.comparison_text import to_markdown, to_text

    return to_markdown(document) if form == "md" else to_text(document) + "\n"


def _interleaved(arguments: argparse.Namespace) -> tuple[list[Path], list[Path]]:
    from simulator.cli.run_series import RunSeries, target_words

    if arguments.runs < 1:
        raise UsageError(f"--runs {arguments.runs}: at least one of each is needed")
    series = RunSeries(arguments, arguments.reports)
    sides: tuple[list[Path], list[Path]] = ([], [])
    for turn in range(arguments.runs):
        for side, target in zip(sides, (arguments.base, arguments.new), strict=True):
            words = [*target_words(target), "--build", target]
            side.append(series.rehearse(words, f"run {turn + 1} of {arguments.runs} of {target}"))
    return sides
