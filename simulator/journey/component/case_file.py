"""Cases from files: YAML, CSV, or the rows of a data spec."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from simulator.data.reach import imported
from simulator.data.rows import Rows
from simulator.data.spec_file import load_spec
from simulator.document import read_document
from simulator.errors import Problem, UsageError
from simulator.journey.component.case import ANY, Case
from simulator.journey.component.double import double_spec
from simulator.node import Node, Problems, typed_text

KEYS = ("name", "input", "arguments", "expect", "tolerance", "schema", "check", "raises", "mocks", "weight")
KNOWN_COLUMNS = "input, expect, input.NAME, expect.NAME, name, tolerance, raises, weight"
CSV_COLUMNS = ("name", "tolerance", "raises", "weight")


def cases_of(path: Path, *, entity: str = "", check: Callable[[Any], Any] | None = None) -> list[Case]:
    """The cases of a file.

    Args:
        path: YAML (`cases:`, or a data spec), or CSV.
        entity: of a data spec, whose rows are what cases are given.
        check: what must hold of every result of such a case.

    Raises:
        FileError: with every mistake of the file.
        UsageError: it is no file of cases.
    """
    if entity:
        spec = load_spec(path, os.environ)
        rows = Rows(spec, entity)
        return [Case(f"{entity} {number}", row, check=check, file=str(path)) for number, row in enumerate(rows, 1)]
    if path.suffix == ".csv":
        return _of_csv(path)
    problems = Problems()
    node = read_document(path, environ=os.environ, problems=problems)
    cases = _of_document(node, path) if node.kind != "nothing" else []
    problems.raise_if_any()
    return cases


def _of_document(node: Node, path: Path) -> list[Case]:
    entries = node.mapping(("cases", "mocks"), required=("cases",))
    shared = node.get("mocks")
    cases: list[Case] = []
    for number, each in enumerate(entries["cases"].items() if node.get("cases") else (), 1):
        made = _case(each, number, path, _mocks(shared) if shared else {})
        if any(made.name == other.name for other in cases):
            each.problem(f"two cases are called {made.name!r}", "reports tell cases apart by their names")
        cases.append(made)
    return cases


def _case(node: Node, number: int, path: Path, shared: Mapping[str, Any]) -> Case:
    node.mapping(KEYS)
    name, tolerance, raises, check, weight = (node.get(k) for k in ("name", "tolerance", "raises", "check", "weight"))
    schema, arguments, mocks = (node.get(key) for key in ("schema", "arguments", "mocks"))
    if arguments is not None:
        arguments.mapping()
    return Case(
        name=name.text() if name else f"case {number}",
        input=node.entries["input"].typed() if "input" in node.entries else None,
        arguments=arguments.typed() if arguments else None,
        expect=node.entries["expect"].typed() if "expect" in node.entries else ANY,
        tolerance=tolerance.share() if tolerance else 0.0,
        schema=schema.typed() if schema else None,
        check=_function(check, path) if check else None,
        raises=raises.text() if raises else "",
        mocks={**shared, **(_mocks(mocks) if mocks else {})},
        weight=weight.integer(1) if weight else 1,
        file=node.file,
        line=node.line,
    )


def _mocks(node: Node) -> dict[str, Any]:
    found = {}
    for target, said in node.mapping().items():
        found[target] = said.typed()
        try:
            double_spec(target, found[target], lambda name: lambda: 0.0)
        except UsageError as error:
            said.problem(str(error), error.hint)
    return found


def _function(node: Node, path: Path) -> Callable[[Any], Any] | None:
    try:
        return imported(node.text(), path.parent)
    except UsageError as error:
        node.problem(str(error), error.hint)
        return None


def _of_csv(path: Path) -> list[Case]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    problems = Problems()
    cases = [_case_of_row(row, number, path, problems) for number, row in enumerate(rows, 1)]
    problems.raise_if_any()
    return cases


def _case_of_row(row: Mapping[str, str], number: int, path: Path, problems: Problems) -> Case:
    """Columns `input`, `input.x`, `expect`, `expect.x`, `name`, `tolerance`, `raises`, `weight`."""
    parts: dict[str, Any] = {"input": None, "expect": ANY}
    for column, text in row.items():
        head, dot, rest = (column or "").partition(".")
        if head in parts and not dot:
            parts[head] = typed_text(text)
        elif head in parts:
            parts[head] = {**(parts[head] if isinstance(parts[head], dict) else {}), rest: typed_text(text)}
        elif column not in CSV_COLUMNS:
            problems.add(Problem(str(path), 1, 0, f"unknown column {column!r}", f"there are {KNOWN_COLUMNS}"))
    expect = ANY if row.get("raises") else parts["expect"]
    return Case(
        name=row.get("name") or f"case {number}", input=parts["input"], expect=expect,
        tolerance=float(row.get("tolerance") or 0), raises=row.get("raises") or "",
        weight=int(row.get("weight") or 1), file=str(path), line=number + 1,
    )  # fmt: skip
