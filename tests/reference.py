"""docs/reference.md, from the code: `python -m tests.reference` writes it anew."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from simulator.cli import COMMANDS, EXIT_CODES
from simulator.schema.published import NAMES, published
from simulator.threshold.metric import CALLED, METRICS

PAGE = Path(__file__).parent.parent / "docs" / "reference.md"
FILES = {
    "simulator": "`simulator.yaml`",
    "thresholds": "threshold files",
    "virtual": "stub files of virtual services",
    "data": "data specs",
    "journeys": "journeys in YAML",
    "cases": "cases of components",
    "contract": "contracts written by hand",
}


def page() -> str:
    """The whole page."""
    return "\n".join([*_intro(), *_commands(), *_files(), *_metrics(), ""])


def _intro() -> list[str]:
    return [
        "# Reference", "",
        "Made from the code by `python -m tests.reference`; a test fails when it is stale.", "",
    ]  # fmt: skip


def _commands() -> Iterator[str]:
    yield "## Commands"
    for name, told in COMMANDS.items():
        parser = argparse.ArgumentParser(prog=f"simulator {name}")
        import_module(f"simulator.cli.{name}_command").add_arguments(parser)
        yield from ["", f"### simulator {name}", "", f"{told[:1].upper()}{told[1:]}.", ""]
        yield from _arguments(parser, "")
    yield from ["", "Exit codes", "", *(f"- {line.strip()}" for line in EXIT_CODES.splitlines()[1:]), ""]


def _arguments(parser: argparse.ArgumentParser, inside: str) -> Iterator[str]:
    rows = [action for action in parser._actions if action.dest != "help" and not _is_choice_of_commands(action)]
    if rows:
        yield from [f"| {inside}argument | meaning |", "| --- | --- |"]
        yield from (f"| {_called(action)} | {_cell(action.help or '')} |" for action in rows)
    for action in filter(_is_choice_of_commands, parser._actions):
        for name, inner in (action.choices or {}).items():
            yield from ["", f"`{name}`", ""]
            yield from _arguments(inner, "")


def _is_choice_of_commands(action: Any) -> bool:
    return isinstance(action, argparse._SubParsersAction)


def _called(action: Any) -> str:
    value = action.metavar or ("|".join(map(str, action.choices)) if action.choices else action.dest.upper())
    value = " ".join(value) if isinstance(value, tuple) else value
    takes = action.nargs != 0
    if not action.option_strings:
        return f"`{_cell(value)}`"
    words = ", ".join(f"`{option}`" for option in action.option_strings)
    return f"{words} `{_cell(value)}`" if takes else words


def _cell(text: str) -> str:
    return " ".join(str(text).replace("|", "\\|").replace("%%", "%").split())


def _files() -> Iterator[str]:
    yield from ["## Files", "", "Keys of each YAML file, as its JSON Schema has them; `*` stands for any name.", ""]
    for name in NAMES:
        yield from [f"### {FILES[name][:1].upper()}{FILES[name][1:]}", ""]
        keys = dict.fromkeys(_keys(json.loads(published(name)), ""))
        yield from (f"- `{key}`" for key in keys)
        yield ""


def _keys(schema: Any, above: str) -> Iterator[str]:
    """Every key of a schema with those above it."""
    for choice in schema.get("anyOf", ()):
        yield from _keys(choice, above)
    if "items" in schema:
        yield from _keys(schema["items"], f"{above}[]")
    more = schema.get("additionalProperties")
    if isinstance(more, dict) and more:
        yield from _keys(more, f"{above}.*" if above else "*")
    own = schema.get("properties", {})
    leaves = [key for key, value in own.items() if not list(_keys(value, "x"))]
    if leaves:
        yield f"{above}{'.' if above else ''}{{{', '.join(leaves)}}}"
    for key, value in own.items():
        if key not in leaves:
            yield from _keys(value, f"{above}.{key}" if above else key)


def _metrics() -> Iterator[str]:
    yield from [
        "## Metrics",
        "",
        "| metric | narrowed by | aggregates | a value is | what it is |",
        "|---|---|---|---|---|",
    ]
    for metric in METRICS.values():
        value = CALLED[metric.unit][0] if metric.unit is not None else CALLED[metric.rate or ""][0]
        aggregates = ", ".join(metric.aggregates)
        yield f"| `{metric.name}` | {', '.join(metric.scopes)} | {aggregates} | {value} | {metric.meaning} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
