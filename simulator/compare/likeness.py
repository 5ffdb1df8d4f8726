"""Whether two runs may be compared at all: who took part, under which load, where, on which machine."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Document = Mapping[str, Any]
_MACHINE = ("system", "processor", "cores")
_VERSIONS = ("simulator", "locust", "playwright", "browser")


@dataclass(frozen=True)
class Difference:
    """Something that differs between two runs.

    Attributes:
        what: journeys, load, environment, machine or versions.
        text: one sentence for the reader.
        refused: the runs measured different things, so that a comparison would mean nothing.
    """

    what: str
    text: str
    refused: bool


def differences(base: Document, new: Document) -> list[Difference]:
    """What differs between two runs beside the build, the weightiest first."""
    return [*_journeys(base, new), *_load(base, new), *_places(base, new)]


def plan_of(document: Document) -> str:
    """A fingerprint of who takes part under which load: runs with the same one measured the same thing."""
    plan = [sorted(_cast(document).items()), [[name, load] for name, (load, _) in _phases(document).items()]]
    return hashlib.sha256(json.dumps(plan).encode()).hexdigest()[:16]


def alike(document: Document, other: Document) -> bool:
    """Whether two runs have the same plan, environment and machine, so that one can be the other's baseline."""
    return plan_of(document) == plan_of(other) and not any(
        difference.what in ("load", "machine", "environment") for difference in differences(document, other)
    )


def has_fixed_rate(document: Document) -> bool:
    """Whether all measured load comes as arrivals at a rate (open model), so that throughput is the target's doing."""
    loads = [str(phase.get("load") or "") for phase in document.get("phases", ()) if phase.get("measured")]
    return bool(loads) and all(load and all("/s" in part for part in load.split(", ")) for load in loads)


def is_valid(document: Document) -> bool:
    """Whether a run's measurement can be trusted."""
    return document.get("verdict") in ("passed", "failed")


def latest_like(document: Document, runs: Sequence[Document], count: int) -> list[Document]:
    """The last so many valid runs with the same plan, environment and machine, in order of time."""
    fitting = [run for run in runs if is_valid(run) and alike(run, document) and run.get("run") != document.get("run")]
    return sorted(fitting, key=lambda run: str(run.get("started_at")))[-count:]


def _journeys(base: Document, new: Document) -> Iterator[Difference]:
    older, newer = _cast(base), _cast(new)
    gone, added = sorted(set(older) - set(newer)), sorted(set(newer) - set(older))
    if gone or added:
        parts = [f"only in the base: {', '.join(gone)}"] if gone else []
        parts += [f"only in the new runs: {', '.join(added)}"] if added else []
        yield Difference("journeys", f"different journeys take part; {'; '.join(parts)}", refused=True)
    changed = _changed(older, newer)
    if changed:
        yield Difference("load", f"journeys have other weights: {', '.join(changed)}", refused=True)


def _load(base: Document, new: Document) -> Iterator[Difference]:
    older, newer = _phases(base), _phases(new)
    if list(older) != list(newer):
        text = f"different phases: {', '.join(older) or 'none'} and {', '.join(newer) or 'none'}"
        yield Difference("load", text, refused=True)
        return
    for name, (load, duration_s) in older.items():
        other, other_s = newer[name]
        if load != other:
            yield Difference("load", f"phase {name} had a load of {load} and of {other}", refused=True)
        if abs(duration_s - other_s) > 0.2 * max(duration_s, other_s):
            text = f"phase {name} lasted {duration_s} s and {other_s} s"
            yield Difference("load", text, refused=False)


def _places(base: Document, new: Document) -> Iterator[Difference]:
    for what, of in (("machine", _machine), ("versions", _versions)):
        older, newer = of(base), of(new)
        changed = _changed(older, newer)
        if changed:
            yield Difference(what, f"different {what}: {', '.join(changed)}", refused=False)
    if base.get("environment") != new.get("environment"):
        text = f"different environments: {base.get('environment') or 'none'} and {new.get('environment') or 'none'}"
        yield Difference("environment", text, refused=False)


def _changed(older: Mapping[str, Any], newer: Mapping[str, Any]) -> list[str]:
    """What both have, but not the same."""
    return [f"{key} {older[key]} → {newer[key]}" for key in older if newer.get(key, older[key]) != older[key]]


def _cast(document: Document) -> dict[str, float]:
    """User and journey → weight."""
    journeys = document.get("journeys") or ()
    return {f"{journey['user']}.{journey['name']}": journey.get("weight", 1) for journey in journeys}


def _phases(document: Document) -> dict[str, tuple[str, int]]:
    """Phase → its load in words, and how long it lasted in whole seconds."""
    found = {}
    for phase in document.get("phases") or ():
        lasted_s = (phase["end_s"] or phase["start_s"]) - phase["start_s"]
        found[str(phase["name"])] = (str(phase.get("load") or ""), round(lasted_s))
    return found


def _machine(document: Document) -> dict[str, Any]:
    machine = document.get("machine") or {}
    return {key: machine[key] for key in _MACHINE if key in machine}


def _versions(document: Document) -> dict[str, Any]:
    versions = document.get("versions") or {}
    return {key: versions[key] for key in _VERSIONS if key in versions}
