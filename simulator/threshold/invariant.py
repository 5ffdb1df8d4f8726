"""What must hold in a database whatever the load: a query with an expected answer, asked during and after the run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.document import parse_document, read_document
from simulator.errors import did_you_mean
from simulator.node import Node, Problems, typed_text
from simulator.threshold.ruling import Ruling
from simulator.threshold.threshold import Severity
from simulator.units import show_duration

KEY = "invariants"
KEYS = ("name", "sql", "database", "expect", "during", "every", "within", "severity")
_EXPECTED = re.compile(r"(<=|>=|<|>|=)?\s*(.+)", re.DOTALL)


@dataclass(frozen=True)
class Invariant:
    """One query with its expected answer.

    Attributes:
        name: for reports.
        sql: its first value of its only row is looked at.
        database: by its name; empty text for the only one.
        operator: how value and expected value are compared.
        expected: a number or a text.
        during: whether it must hold while the load is on as well.
        every_s: how often it is asked then.
        within_s: how long it may take to hold once the load is over.
        severity: whether breaking it fails the run or only warns.
        file: where it is written.
        line: where it is written.
    """

    name: str
    sql: str
    database: str = ""
    operator: str = "="
    expected: Any = 0
    during: bool = False
    every_s: float = 5.0
    within_s: float = 5.0
    severity: Severity = "fail"
    file: str = ""
    line: int = 0

    @property
    def text(self) -> str:
        """What is asked of the value, in words."""
        return f"is {self.operator} {self.expected}" if self.operator != "=" else f"is {self.expected}"

    def holds(self, value: Any) -> bool:
        """Whether a value is as expected; texts are only ever equal or not."""
        if isinstance(self.expected, str) or not isinstance(value, (int, float)):
            return self.operator == "=" and str(value) == str(self.expected)
        compared = {"=": value == self.expected, "<": value < self.expected, "<=": value <= self.expected,
                    ">": value > self.expected, ">=": value >= self.expected}  # fmt: skip
        return bool(compared[self.operator])


@dataclass
class Course:
    """How an invariant fared.

    Attributes:
        asked: how often it was asked.
        broken: how often it did not hold.
        value: the last value, or the first that was wrong.
        at_s: when that was, since the run began.
        problem: why it could not be asked at the end, or empty text.
        final: whether it was asked when the load was over.
    """

    asked: int = 0
    broken: int = 0
    value: Any = None
    at_s: float = 0.0
    problem: str = ""
    final: bool = False


def collect_invariants(
    paths: Iterable[Path], *, environ: Mapping[str, str], problems: Problems
) -> tuple[Invariant, ...]:
    """The invariants of threshold files, in order; what is wrong goes to `problems`."""
    roots = [read_document(path, environ=environ, problems=problems) for path in paths]
    return tuple(invariant for root in roots for invariant in read_invariants(root))


def parse_invariants(sources: Iterable[tuple[str, str]], environ: Mapping[str, str]) -> tuple[Invariant, ...]:
    """The invariants of texts that a stored run has kept.

    Raises:
        FileError: with every problem of all texts.
    """
    problems = Problems()
    roots = [parse_document(text, file, environ=environ, problems=problems) for file, text in sources]
    found = tuple(invariant for root in roots for invariant in read_invariants(root))
    problems.raise_if_any()
    return found


def read_invariants(root: Node) -> list[Invariant]:
    """The invariants of a threshold file; mistakes go to the document's problems."""
    node = root.get(KEY) if root.kind == "mapping" else None
    return [_invariant(each) for each in node.items()] if node else []


def check_databases(invariants: Iterable[Invariant], known: Iterable[str], problems: Problems) -> None:
    """Note the invariants whose database is none."""
    from simulator.errors import Problem

    names = list(known)
    for invariant in invariants:
        if invariant.database not in names and not (not invariant.database and len(names) == 1):
            hint = did_you_mean(invariant.database, names) or "the environment has no `databases`"
            message = f"there is no database {invariant.database!r}" if invariant.database else "which database?"
            problems.add(Problem(invariant.file, invariant.line, 0, message, hint))


def rulings_on(invariants: Iterable[Invariant], courses: Mapping[str, Mapping[str, Any]]) -> list[Ruling]:
    """What is to be said of invariants, from how they fared; one that was never asked has no data."""
    return [_ruling(invariant, courses.get(invariant.name)) for invariant in invariants]


def _ruling(invariant: Invariant, course: Mapping[str, Any] | None) -> Ruling:
    value = course["value"] if course else None
    if not course or not course["final"]:
        reason = (course or {}).get("problem") or "it was not asked when the load was over"
        result, told = ("fail", _broken(course)) if course and course["broken"] else ("no data", str(reason))
    elif course["broken"]:
        result, told = "fail", _broken(course)
    else:
        result, told = "pass", f"is {value}, asked {course['asked']} times"
    return Ruling(
        text=invariant.text, name=invariant.name, file=invariant.file, line=invariant.line,
        severity=invariant.severity, result=result, unit="", reason=told,  # type: ignore[arg-type]
        limit=float(invariant.expected) if isinstance(invariant.expected, (int, float)) else 0.0,
        value=float(value) if isinstance(value, (int, float)) else None, count=course["asked"] if course else 0,
    )  # fmt: skip


def _broken(course: Mapping[str, Any]) -> str:
    times = f"{course['broken']} of {course['asked']} times"
    return f"was {course['value']}, {show_duration(course['at_s'])} into the run; wrong {times}"


def _invariant(node: Node) -> Invariant:
    entries = node.mapping(KEYS, required=("name", "sql"))
    sql = entries["sql"].text() if node.get("sql") else ""
    name = entries["name"].text() if node.get("name") else ""
    operator, expected = "=", typed_text("0")
    if "expect" in entries:
        match = _EXPECTED.fullmatch(entries["expect"].text("0").strip())
        if match is None:
            entries["expect"].problem("expected a value, such as 0 or < 10")
        else:
            as_text = entries["expect"].quoted and not match[1]
            operator, expected = match[1] or "=", match[2] if as_text else typed_text(match[2])
        if operator != "=" and isinstance(expected, str):
            entries["expect"].problem(f"{expected!r} cannot be compared by {operator}", "only numbers can")
    return Invariant(
        name=name,
        sql=sql,
        database=entries["database"].text() if "database" in entries else "",
        operator=operator,
        expected=expected,
        during=entries["during"].boolean() if "during" in entries else False,
        every_s=entries["every"].duration(5.0) if "every" in entries else 5.0,
        within_s=entries["within"].duration(5.0) if "within" in entries else 5.0,
        severity="warn" if "severity" in entries and entries["severity"].choice(("fail", "warn")) == "warn" else "fail",
        file=node.file,
        line=node.line,
    )
