"""Threshold files: read, checked as far as a file can tell, and compared with the names that exist."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from simulator import units
from simulator.document import parse_document, read_document
from simulator.errors import Problem, did_you_mean
from simulator.node import Node, Problems
from simulator.threshold.invariant import KEY as INVARIANTS
from simulator.threshold.invariant import read_invariants
from simulator.threshold.limit import Limit, LimitError, parse_limit
from simulator.threshold.metric import METRICS, SCOPES
from simulator.threshold.scope import KnownNames, Pattern
from simulator.threshold.threshold import EACH, Severity, Threshold

KEYS = ("require", "each", "name", "severity", "abort", *SCOPES)
_AFTER = re.compile(r"after\s+(.+)")


def load_thresholds(paths: Iterable[Path], *, environ: Mapping[str, str] | None = None) -> tuple[Threshold, ...]:
    """All thresholds of these files, in order.

    Args:
        paths: threshold files.
        environ: the variables that `${NAME}` may name; none without it.

    Raises:
        FileError: with every problem of all files.
    """
    problems = Problems()
    found = collect_thresholds(paths, environ=environ, problems=problems)
    problems.raise_if_any()
    return found


def collect_thresholds(
    paths: Iterable[Path], *, environ: Mapping[str, str] | None = None, problems: Problems
) -> tuple[Threshold, ...]:
    """The thresholds of these files that are right, in order; what is wrong goes to `problems`."""
    return _of_documents([read_document(path, environ=environ or {}, problems=problems) for path in paths], problems)


def parse_thresholds(
    sources: Iterable[tuple[str, str]], *, environ: Mapping[str, str] | None = None
) -> tuple[Threshold, ...]:
    """All thresholds of these texts, in order: for files that a stored run has kept.

    Args:
        sources: name of the file and its text.
        environ: the variables that `${NAME}` may name; none without it.

    Raises:
        FileError: with every problem of all texts.
    """
    problems = Problems()
    roots = [parse_document(text, file, environ=environ or {}, problems=problems) for file, text in sources]
    found = _of_documents(roots, problems)
    problems.raise_if_any()
    return found


def _of_documents(roots: Iterable[Node], problems: Problems) -> tuple[Threshold, ...]:
    found: list[Threshold] = []
    for root in roots:
        if root.kind == "mapping":
            entries = root.mapping(known=("thresholds", INVARIANTS))
            if root.get("thresholds") is None and root.get(INVARIANTS) is None:
                root.problem("'thresholds' is missing")
            read_invariants(root)
            found += read_thresholds(entries["thresholds"]) if root.get("thresholds") else ()
        elif root.kind != "nothing" or not any(problem.file == root.file for problem in problems.found):
            found += read_thresholds(root)
    return tuple(found)


def read_thresholds(node: Node) -> tuple[Threshold, ...]:
    """The thresholds of a list in any document; mistakes go to the document's problems."""
    return tuple(threshold for item in node.items() for threshold in _entry(item))


def check_names(thresholds: Iterable[Threshold], known: KnownNames) -> list[Problem]:
    """The names in scopes that match nothing, each with the nearest right one, before any load starts."""
    found: list[Problem] = []
    for threshold in thresholds:
        for word, patterns in threshold.scope.items():
            names = known.of(word)
            for pattern in patterns if names is not None else ():
                assert names is not None
                if not any(pattern.fits(name) for name in names):
                    found.append(_unknown(threshold.file, word, pattern, sorted(names)))
    return sorted(set(found), key=lambda problem: (problem.file, problem.line, problem.column))


def _unknown(file: str, word: str, pattern: Pattern, names: list[str]) -> Problem:
    hint = did_you_mean(pattern.text, names) or f"this run has no {word}"
    return Problem(file, pattern.line, pattern.column, f"no {word} is named {pattern.text!r}", hint)


def _entry(node: Node) -> list[Threshold]:
    if node.kind == "text":
        limit = _limit(node)
        made = None if limit is None else Threshold(limit, file=node.file, line=node.line, column=node.column)
        return [] if made is None else [_checked(made, node)]
    if node.kind != "mapping":
        node.problem("expected a limit like p95 < 800 ms, or a mapping with 'require'")
        return []
    entries = node.mapping(known=KEYS, required=("require",))
    each = entries["each"].choice(EACH) if "each" in entries else None
    name = entries["name"].text() if "name" in entries else None
    severity = _severity(entries.get("severity"))
    abort_after_s = _abort(entries.get("abort"))
    scope = {word: _patterns(entries[word]) for word in SCOPES if word in entries}
    found = []
    for text in entries["require"].one_or_more() if node.get("require") else ():
        if (limit := _limit(text)) is not None:
            place = (text.file, text.line, text.column)
            made = Threshold(limit, scope, each or None, name, severity, abort_after_s, *place)
            found.append(_checked(made, text, entries))
    return found


def _limit(node: Node) -> Limit | None:
    try:
        text = node.text()
        return parse_limit(text) if node.kind == "text" else None
    except LimitError as error:
        node.problem(error.message, error.hint, at=error.at)
        return None


def _severity(node: Node | None) -> Severity:
    return "warn" if node is not None and node.choice(("fail", "warn"), "fail") == "warn" else "fail"


def _abort(node: Node | None) -> float | None:
    if node is None:
        return None
    return node.parsed(_parse_abort, None)


def _parse_abort(text: str) -> float | None:
    if text in ("true", "false"):
        return 0.0 if text == "true" else None
    match = _AFTER.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} does not say when; write abort: true, or abort: after 20 s")
    return units.parse_duration(match[1])


def _patterns(node: Node) -> tuple[Pattern, ...]:
    named = [Pattern(item.text(), item.line, item.column) for item in node.one_or_more()]
    if not named:
        node.problem("the list is empty, so nothing would match")
    return tuple(named)


def _checked(threshold: Threshold, node: Node, entries: Mapping[str, Node] | None = None) -> Threshold:
    """Note what does not go together: a scope or `each` that is not the metric's, `within` without a phase."""
    metric = METRICS[threshold.limit.metric]
    for word in threshold.scope:
        if word not in metric.scopes and entries is not None:
            hint = f"it is narrowed by {', '.join(metric.scopes)}"
            entries[word].problem(f"{word!r} does not narrow {metric.name} in line {node.line}", hint)
    if threshold.each is not None and threshold.each not in metric.scopes and entries is not None:
        entries["each"].problem(f"{metric.name} in line {node.line} is not measured for each {threshold.each}")
    if threshold.limit.within_s is not None and "phase" not in threshold.scope and threshold.each != "phase":
        at = node.raw.find("within")
        node.problem("'within' counts from a phase's start, and no phase is named", "add phase: NAME", at=max(0, at))
    return threshold
