"""YAML of others (OpenAPI, stubs), loaded with YAML's own types, safely and within limits."""

from __future__ import annotations

from typing import Any

import yaml

MOST_DEPTH = 200
MOST_NODES = 2_000_000
"""Counting what aliases repeat; the largest OpenAPI descriptions in use have some hundred thousand."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_foreign_yaml(text: str) -> Any:
    """The value of a document.

    Raises:
        yaml.YAMLError: it is no YAML, runs code, or is a bomb: too deep, or too large once aliases are put in.
    """
    _check_size(text)
    try:
        return yaml.load(text, Loader=_LOADER)
    except (ValueError, TypeError, RecursionError, OverflowError) as error:  # of values, such as a date in month 13
        raise yaml.YAMLError(f"a value cannot be read: {error}") from error


def _check_size(text: str) -> None:
    """Count all values as if aliases had been put in, from events alone, which cost nothing."""
    sizes: dict[str, int] = {}
    open_here: list[tuple[str | None, int]] = []
    nodes = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.AliasEvent):
            nodes += sizes.get(event.anchor or "", 1)
        elif isinstance(event, yaml.ScalarEvent):
            nodes += 1
            sizes.update({event.anchor: 1} if event.anchor else {})
        elif isinstance(event, yaml.CollectionStartEvent):
            open_here.append((event.anchor, nodes))
            nodes += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = open_here.pop()
            sizes.update({anchor: nodes - before} if anchor else {})
        if len(open_here) > MOST_DEPTH:
            raise _refused(event, f"nested more than {MOST_DEPTH} levels deep")
        if nodes > MOST_NODES:
            raise _refused(event, f"more than {MOST_NODES:,} values, counting what aliases repeat")


def _refused(event: Any, message: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=message, problem_mark=event.start_mark)
