"""Two runs or builds side by side, step by step."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from simulator.compare.side_by_side import Figures, Row
    from simulator.report.run import Run


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `simulator compare` takes."""
    parser.add_argument("base", metavar="BASE", help="a run folder, or a build in --reports")
    parser.add_argument("new", metavar="NEW", help="likewise")
    where = "where builds are looked up (reports/)"
    parser.add_argument("--reports", type=Path, default=Path("reports"), metavar="DIR", help=where)
    parser.add_argument("--format", choices=("text", "md", "json"), default="text")


def run(arguments: argparse.Namespace) -> int:
    """Compare."""
    from simulator.cli.judgement import stored
    from simulator.compare.side_by_side import side_by_side

    base = stored(find_run(arguments.base, arguments.reports))
    new = stored(find_run(arguments.new, arguments.reports))
    rows = side_by_side(base.measurements, new.measurements)
    show = {"text": _show_text, "md": _show_markdown, "json": _show_json}[arguments.format]
    show(base, new, rows)
    return 0


def find_run(name: str, reports: Path) -> Path:
    """The run folder of that path, or the newest run of the build of that name.

    Raises:
        UsageError: there is neither.
    """
    path = Path(name)
    if (path / "data.sqlite").is_file():
        return path
    builds = {folder.name.split("-", 2)[-1]: folder for folder in sorted(reports.glob("*-*-*/")) if _is_run(folder)}
    if name in builds:
        return builds[name]
    hint = did_you_mean(name, list(builds)) or f"there are no runs in {reports}"
    raise UsageError(f"{name!r} is neither a run folder nor a build in {reports}", hint=hint)


def _is_run(folder: Path) -> bool:
    return (folder / "data.sqlite").is_file()


def _cells(row: Row) -> list[str]:
    name = f"  {row.subject.step}" if row.subject.step else row.subject.journey
    change = "–" if row.change is None else f"{row.change:+.1%}"
    return [name, *_shown(row.base), *_shown(row.new), change]


def _shown(figures: Figures | None) -> list[str]:
    from simulator.units import show

    if figures is None:
        return ["–"] * 3
    return [f"{figures.count:,}", show(figures.p95_s, "s"), show(figures.error_rate, "share")]


def _show_text(base: Run, new: Run, rows: list[Row]) -> None:
    from rich.console import Console
    from rich.table import Table

    from simulator.safe_text import clean

    table = Table(title=None, box=None, pad_edge=False)
    table.add_column("journey / step")
    for run_name in (base.document["build"], new.document["build"]):
        for figure in ("count", "p95", "errors"):
            table.add_column(f"{clean(run_name)}\n{figure}", justify="right")
    table.add_column("\np95 change", justify="right")
    for row in rows:
        table.add_row(*map(clean_cell, _cells(row)))
    Console(highlight=False, markup=False).print(table)
    print("\nOne run each: how much of a change is noise cannot be told from two runs.")


def clean_cell(text: str) -> str:
    """A cell's text with its indentation kept."""
    from simulator.safe_text import clean

    return text[: len(text) - len(text.lstrip())] + clean(text)


def _show_markdown(base: Run, new: Run, rows: list[Row]) -> None:
    names = [str(base.document["build"]), str(new.document["build"])]
    heads = [f"{name} {figure}" for name in names for figure in ("count", "p95", "errors")]
    print("| " + " | ".join(["journey / step", *map(_escaped, heads), "p95 change"]) + " |")
    print("|" + " --- |" + " ---: |" * 7)
    for row in rows:
        print("| " + " | ".join(_escaped(cell) for cell in _cells(row)) + " |")


def _escaped(text: str) -> str:
    from simulator.safe_text import clean

    return "".join(f"\\{letter}" if letter in "|`<>*_[]@" else letter for letter in clean(text))


def _show_json(base: Run, new: Run, rows: list[Row]) -> None:
    import json
    from dataclasses import asdict

    shown = [{**row.subject._asdict(), **asdict(row), "change": row.change} for row in rows]
    for row in shown:
        del row["subject"]
    print(json.dumps({"base": base.document["run"], "new": new.document["run"], "rows": shown}, indent=2))
