"""Show a stored run: as text, HTML, Markdown, JUnit XML, JSON, CSV, or for Prometheus and OpenTelemetry."""

from __future__ import annotations

import argparse
from pathlib import Path

FORMATS = ("text", "html", "md", "junit", "json", "csv", "prometheus", "otlp")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `simulator report` takes."""
    parser.add_argument("run", type=Path, metavar="RUN", help="a run folder, such as reports/<time>-<build>")
    parser.add_argument("--format", choices=FORMATS, default="text")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write here instead of standard output")


def run(arguments: argparse.Namespace) -> int:
    """Render a stored run."""
    from simulator.cli.judgement import stored
    from simulator.record.folder import write_whole
    from simulator.report.render import render

    text = render(stored(arguments.run), arguments.format)
    if arguments.output is None:
        print(text)
    else:
        write_whole(arguments.output, text.encode())
    return 0
