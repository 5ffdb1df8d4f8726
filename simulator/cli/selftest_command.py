"""Are the numbers right on this machine? Runs the tool against its own server and shows known beside measured.

The server draws its times itself, fails when it says so, stands still for two seconds, and writes down what it saw:
counts, percentiles, rates, kinds of errors, and what a stall did to users who arrive whatever happens. Both kinds of
users take part when there is a browser. Lasts about half a minute, and touches nothing but loopback.

exit codes: 0 everything agrees; 1 something does not; 4 this machine was too busy to tell
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from simulator.errors import RunError
from simulator.selftest.known import Row, closed_loop_p99, compared, compared_pages
from simulator.selftest.running import RunningServer
from simulator.selftest.seen import Seen
from simulator.units import show_duration

YARDSTICK = Path(__file__).parents[1] / "selftest" / "yardstick"
LOOKERS = ", Looker: 2"
INVALID = 4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `simulator selftest` takes."""
    parser.add_argument("--without-browser", action="store_true", help="API users only")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="for people, or for programs (text)")


def run(arguments: argparse.Namespace) -> int:
    """Measure what is known, and compare."""
    browser = not arguments.without_browser and _has_browser()
    print(f"measuring what is known, for half a minute{'' if browser else ', without a browser'} …", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="simulator-selftest-") as folder:
        log, document = _measure(Path(folder), browser=browser)
    rows = compared(log, document)
    pages = compared_pages(log, document) if browser else []
    invalid = document["verdict"] == "invalid"
    good = all(row.good for row in [*rows, *pages])
    show = _print_json if arguments.format == "json" else _print_text
    show(rows, pages, document, invalid=invalid)
    return INVALID if invalid else 0 if good else 1


def _measure(folder: Path, *, browser: bool) -> tuple[list[Seen], dict[str, Any]]:
    """What the server saw, and `run.json`.

    Raises:
        RunError: there was no run.
    """
    files = ["api.py", "pages.py"] if browser else ["api.py"]
    for name in files:
        shutil.copy(YARDSTICK / name, folder)
    plan = (YARDSTICK / "simulator.yaml").read_text()
    (folder / "simulator.yaml").write_text(plan if browser else plan.replace(LOOKERS, ""))
    with RunningServer(folder / "server.log") as server:
        command = [
            sys.executable,
            "-m",
            "simulator",
            "run",
            *files,
            "--host",
            server.url,
            "--quiet",
            "--build",
            "known",
        ]
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        ended = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)
        documents = list(folder.glob("reports/*/run.json"))
        if not documents:
            raise RunError("the run of the selftest did not come to its end", detail=ended.stderr)
        return server.log(), json.loads(documents[0].read_text())


def _has_browser() -> bool:
    from simulator.engine.browser import find_browser
    from simulator.errors import SimulatorError

    try:
        find_browser(os.environ)
    except SimulatorError:
        return False
    return True


def _print_json(rows: Sequence[Row], pages: Sequence[Row], document: Mapping[str, Any], *, invalid: bool) -> None:
    def plain(row: Row) -> dict[str, Any]:
        return {**asdict(row), "good": row.good}

    told = {
        "good": all(row.good for row in [*rows, *pages]),
        "invalid": document["reasons"] if invalid else [],
        "api": list(map(plain, rows)),
        "browser": list(map(plain, pages)),
        "closed_loop_p99_s": closed_loop_p99(document),
    }
    print(json.dumps(told, indent=2))


def _print_text(rows: Sequence[Row], pages: Sequence[Row], document: Mapping[str, Any], *, invalid: bool) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    table.add_column("")
    for title in ("known", "measured", "apart"):
        table.add_column(title, justify="right")
    for row in [*rows, *pages]:
        style = "" if row.good else "bold red"
        cells = [row.what, _shown(row.known, row.unit), _shown(row.measured, row.unit), _apart(row)]
        table.add_row(Text("✓ " if row.good else "✗ ", style="green" if row.good else "red").append(cells[0], style),
                      *(Text(cell, style) for cell in cells[1:]))  # fmt: skip
    console = Console()
    console.print(table)
    console.print()
    for line in _conclusion(rows, pages, document, invalid=invalid):
        console.print(Text(line))


def _conclusion(rows: Sequence[Row], pages: Sequence[Row], document: Mapping[str, Any], *, invalid: bool) -> list[str]:
    lines = []
    closed_s = closed_loop_p99(document)
    if closed_s is not None:
        lines.append(
            f"Of the same stall, 5 users who wait for each answer saw a p99 of {show_duration(closed_s)}: measure"
        )
        lines.append("arrivals (`rate:`) to know what users of a system see who come whatever it does.")
    wrong = [row for row in [*rows, *pages] if not row.good]
    if invalid:
        lines.append(f"INVALID  this machine was too busy to tell: {document['reasons'][0]}")
    elif wrong:
        lines.append(f"WRONG  {len(wrong)} of {len(rows) + len(pages)} numbers are not what they should be")
    else:
        lines.append(f"RIGHT  all {len(rows) + len(pages)} numbers are what they should be")
    if not pages:
        lines.append("Browser users were left out; `simulator doctor` says how to get a browser.")
    return lines


def _shown(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    if unit == "s":
        return show_duration(value)
    return f"{value:,.1f}{unit}" if unit else f"{value:,.0f}"


def _apart(row: Row) -> str:
    if row.measured is None or not row.known or not row.unit:
        return "" if row.measured == row.known else _shown((row.measured or 0) - row.known, row.unit)
    return f"{(row.measured - row.known) / row.known:+.1%}"
