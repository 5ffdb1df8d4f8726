"""Suites of `simulator.yaml`: named selections, and suites made of suites."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from simulator.errors import UsageError, did_you_mean
from simulator.node import Node

SUITE_KEYS = ("suites", "select", "profile", "environment", "thresholds", "once", "slots", "retries")


@dataclass(frozen=True)
class Suite:
    """A named part of the work.

    Attributes:
        name: as in `simulator.yaml`.
        parts: suites that it is made of, in order; with parts it has nothing of its own.
        select: which journeys, as an expression; `None` for all.
        profile: the profile to run under; `None` when every journey runs once.
        environment: where; `None` for the project's own choice.
        thresholds: files, instead of the profile's.
        once: whether every journey runs once, as a test suite.
        slots: how many journeys run side by side.
        retries: how often a failed journey is tried again.
    """

    name: str
    parts: tuple[str, ...] = ()
    select: str | None = None
    profile: str | None = None
    environment: str | None = None
    thresholds: tuple[Path, ...] = ()
    once: bool = False
    slots: int = 1
    retries: int = 0


def read_suites(node: Node) -> dict[str, Suite]:
    """The suites of a project; mistakes go to the node's problems."""
    suites = {name: _suite(name, value) for name, value in node.mapping().items()}
    for name, suite in suites.items():
        for part in suite.parts:
            if part not in suites:
                node.keys[name].problem(
                    f"suite {name!r} has a part {part!r}, which is none", did_you_mean(part, list(suites))
                )
    return suites


def leaves(suites: Mapping[str, Suite], name: str) -> list[Suite]:
    """The suites that a name stands for, those made of others resolved, each once, in order.

    Raises:
        UsageError: there is no such suite, or suites contain each other.
    """
    found: dict[str, Suite] = {}
    _collect(suites, name, (), found)
    return list(found.values())


def _collect(suites: Mapping[str, Suite], name: str, above: tuple[str, ...], found: dict[str, Suite]) -> None:
    if name in above:
        raise UsageError(f"suites contain each other: {' → '.join((*above, name))}", hint="take one part out")
    if name not in suites:
        raise UsageError(f"there is no suite {name!r}", hint=did_you_mean(name, list(suites)))
    suite = suites[name]
    if not suite.parts:
        found.setdefault(name, suite)
    for part in suite.parts:
        _collect(suites, part, (*above, name), found)


def _suite(name: str, node: Node) -> Suite:
    if node.kind == "list":
        return Suite(name, parts=tuple(part.text() for part in node.items()))
    entries = node.mapping(SUITE_KEYS)
    parts, thresholds = node.get("suites"), node.get("thresholds")
    profile, once = _text(node, "profile"), "once" in entries and entries["once"].boolean()
    if parts is None and profile is None and not once:
        node.problem(f"suite {name!r} needs a profile, `once: true`, or suites that it is made of")
    return Suite(
        name=name,
        parts=tuple(part.text() for part in parts.one_or_more()) if parts else (),
        select=_text(node, "select"),
        profile=profile,
        environment=_text(node, "environment"),
        thresholds=tuple(Path(file.text()) for file in thresholds.one_or_more()) if thresholds else (),
        once=once,
        slots=entries["slots"].integer(1) if "slots" in entries else 1,
        retries=entries["retries"].integer(0) if "retries" in entries else 0,
    )


def _text(node: Node, key: str) -> str | None:
    value = node.get(key)
    return None if value is None else value.text()
