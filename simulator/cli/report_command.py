"""Show a stored run: as text, HTML, Markdown, JUnit XML, JSON, CSV, or for Prometheus and OpenTelemetry."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from simulator.errors import UsageError, understood

if TYPE_CHECKING:
    from simulator.report.run import Run

FORMATS = ("text", "html", "md", "junit", "json", "csv", "prometheus", "otlp", "otlp-traces")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `simulator report` takes."""
    parser.add_argument("run", type=Path, metavar="RUN", help="a run folder, such as reports/<time>-<build>")
    parser.add_argument("--format", choices=FORMATS, default="text")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write here instead of standard output")
    charts = "with --format md and --output: charts as SVG files in a folder beside it, shown in it"
    push = "send the run's aggregates to a server that takes Prometheus remote write"
    parser.add_argument("--push", metavar="URL", help=push)
    parser.add_argument("--charts", action="store_true", help=charts)


def run(arguments: argparse.Namespace) -> int:
    """Render a stored run."""
    from simulator.cli.judgement import stored
    from simulator.cli.output import write_out
    from simulator.report.render import render

    if arguments.charts and (arguments.format != "md" or arguments.output is None):
        raise UsageError(
            "--charts needs --format md and --output FILE", hint="pictures lie in a folder beside the file"
        )
    with understood(str(arguments.run)):  # damage in a folder of others may show only when it is told
        found = stored(arguments.run)
        if arguments.push:
            from simulator.report.remote_write import push

            push(found, arguments.push)
            print(f"sent to {arguments.push}")
            return 0
        if arguments.charts:
            from simulator.report.markdown_form import to_markdown

            text = to_markdown(found, write_charts(found, arguments.output))
        else:
            text = render(found, arguments.format)
    write_out(text if arguments.output else f"{text}\n", arguments.output)
    return 0


def write_charts(run: Run, beside: Path) -> list[tuple[str, str]]:
    """Write the charts of a run into a folder beside a file.

    Returns:
        Title and address of each, relative to that file.

    Raises:
        RunError: one cannot be written.
    """
    from simulator.record.folder import make_folder, write_whole
    from simulator.report.chart_files import chart_files

    folder = beside.with_name(f"{beside.stem}-charts")
    make_folder(folder)
    written = []
    for title, name, content in chart_files(run):
        write_whole(folder / name, content.encode())
        written.append((title, f"{quote(folder.name)}/{name}"))
    return written
