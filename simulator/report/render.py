"""Every format by its name."""

from __future__ import annotations

from importlib import import_module

from simulator.report.run import Run

FORMATS = {
    "text": "text_form.to_text",
    "html": "html_form.to_html",
    "md": "markdown_form.to_markdown",
    "junit": "junit_form.to_junit",
    "json": "json_form.to_json",
    "csv": "csv_form.to_csv",
    "prometheus": "prometheus_form.to_prometheus",
    "otlp": "otlp_form.to_otlp",
    "otlp-traces": "otlp_traces_form.to_otlp_traces",
}
FILES = {"run.json": "json", "junit.xml": "junit", "summary.md": "md", "report.html": "html"}
"""The files of a run folder in the order in which they are written: the verdict first, whatever may go wrong later."""


def render(run: Run, form: str) -> str:
    """A run in one of the formats.

    Args:
        run: a stored run.
        form: a key of `FORMATS`.
    """
    module, _, function = FORMATS[form].partition(".")
    text: str = getattr(import_module(f"simulator.report.{module}"), function)(run)
    return text
