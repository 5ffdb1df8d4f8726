"""In which order services start: what is needed first, and as much at once as that allows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from simulator.errors import UsageError, did_you_mean


def start_order(needs: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Groups of names; those of a group start together, once the groups before it are up.

    Args:
        needs: name → names that it needs.

    Raises:
        UsageError: a needed name does not exist, or the needs run in a circle.
    """
    for name, needed in needs.items():
        for other in needed:
            if other not in needs:
                raise UsageError(f"service {name!r} needs {other!r}, which is no service here",
                                 hint=did_you_mean(other, list(needs)))  # fmt: skip
    sorter = TopologicalSorter(needs)
    try:
        sorter.prepare()
    except CycleError as error:
        circle = " → ".join(reversed(error.args[1]))
        raise UsageError(f"services need each other in a circle: {circle}", hint="take one `needs` out") from error
    groups = []
    while sorter.is_active():
        group = sorted(sorter.get_ready())
        groups.append(group)
        sorter.done(*group)
    return groups
