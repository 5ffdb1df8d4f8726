"""How much load, from `simulator.yaml` and from the command line, turned into phases."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from simulator.node import Node
from simulator.plan.browser import BrowserOptions, read_browser
from simulator.plan.load import ANYONE, Arrivals, Load, Phase
from simulator.units import parse_rate

Limit = TypeVar("Limit", int, float)

_RAMP = re.compile(r"(.+?)\s+to\s+(.+)")
PHASE_KEYS = ("name", "duration", "rate", "users", "spawn_rate", "arrivals", "measured", "faults")
PROFILE_KEYS = (
    "users", "rate", "duration", "warm_up", "spawn_rate", "arrivals", "phases", "thresholds", "environment", "tags",
    "max_users", "stop_within", "seed", "validity", "contracts", "browser", "traceparent",
)  # fmt: skip
STEADY = "steady"
WARM_UP = "warm-up"
MOST_LOOP_LAG_S = 0.1
MOST_BROWSER_WAIT = 0.8
MOST_BROWSER_DEATHS = 3
VALIDITY_KEYS = ("loop_lag", "browser_wait", "browser_deaths")


@dataclass(frozen=True)
class PhaseSpec:
    """A phase as written; what is `None` comes from the profile."""

    name: str
    duration_s: float | None
    measured: bool = True
    users: Mapping[str, int] | None = None
    arrivals: tuple[Arrivals, ...] | None = None
    spawn_per_s: float | None = None
    faults: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Contracts:
    """What the answers to API users are checked against while the load runs.

    Attributes:
        files: Pact files, contracts in YAML, OpenAPI descriptions, or folders of them, relative to the project.
        share: how many of the answers are checked, 0 to 1.
        budget_ratio: the part of a core that checking may take in each process; beyond it, answers are left out.
    """

    files: tuple[Path, ...] = ()
    share: float = 1.0
    budget_ratio: float = 0.05


@dataclass(frozen=True)
class Profile:
    """A named way to load a system.

    Attributes:
        name: as in `simulator.yaml`; empty text for one made of flags alone.
        users: user class (or `ANYONE`) → how many, in every phase that does not say otherwise.
        arrivals: streams of journeys, likewise.
        phases: as written; empty for a single steady one.
        duration_s: of the single steady phase; `None` until it is known.
        warm_up_s: an unmeasured phase of the same load before everything else.
        thresholds: files, relative to the project.
        environment: the environment it belongs to, or `None`.
        tags: only journeys with one of these; empty for all.
        most_loop_lag_s: how late the generator's event loop may be before the run is invalid.
        contracts: what answers are checked against.
        most_browser_wait_ratio: how much browsers may wait for a processor before the run is invalid.
        most_browser_deaths: how many browsers may die within a minute before the run is invalid.
        browser: how browser users get their browsers.
        traceparent: whether requests and pages carry a W3C `traceparent`.
    """

    name: str = ""
    users: Mapping[str, int] = field(default_factory=dict)
    arrivals: tuple[Arrivals, ...] = ()
    phases: tuple[PhaseSpec, ...] = ()
    duration_s: float | None = None
    warm_up_s: float = 0.0
    spawn_per_s: float | None = None
    thresholds: tuple[Path, ...] = ()
    environment: str | None = None
    tags: tuple[str, ...] = ()
    max_users: int = 1000
    stop_within_s: float = 10.0
    seed: int = 1
    most_loop_lag_s: float = MOST_LOOP_LAG_S
    contracts: Contracts = Contracts()
    most_browser_wait_ratio: float = MOST_BROWSER_WAIT
    most_browser_deaths: int = MOST_BROWSER_DEATHS
    browser: BrowserOptions = BrowserOptions()
    traceparent: bool = False


@dataclass(frozen=True)
class Overrides:
    """What the command line says instead; `None` and empty leave the profile as it is."""

    users: Mapping[str, int] | None = None
    rate: tuple[Arrivals, ...] | None = None
    duration_s: float | None = None
    tags: tuple[str, ...] = ()
    spawn_per_s: float | None = None


def overridden(profile: Profile, overrides: Overrides) -> Profile:
    """The profile with the command line's load in place of its own.

    Users, rate or duration on the command line replace the profile's phases by a single steady one.
    """
    spawn_per_s = overrides.spawn_per_s if overrides.spawn_per_s is not None else profile.spawn_per_s
    changed = replace(profile, tags=overrides.tags or profile.tags, spawn_per_s=spawn_per_s)
    if overrides.users is None and overrides.rate is None and overrides.duration_s is None:
        return changed
    if overrides.users is not None or overrides.rate is not None:
        changed = replace(changed, users=overrides.users or {}, arrivals=overrides.rate or ())
    else:
        changed = _main_load(changed)
    duration_s = overrides.duration_s if overrides.duration_s is not None else _written_s(profile)
    return replace(changed, phases=(), warm_up_s=0.0 if profile.phases else profile.warm_up_s, duration_s=duration_s)


def load_of(profile: Profile) -> Load:
    """The course of a run under this profile."""
    specs = profile.phases or (PhaseSpec(STEADY, profile.duration_s),)
    if profile.warm_up_s:
        specs = (replace(specs[0], name=WARM_UP, duration_s=profile.warm_up_s, measured=False, faults={}), *specs)
    phases, start_s = [], 0.0
    for spec in specs:
        phases.append(_phase(spec, profile, start_s))
        start_s += spec.duration_s or 0.0
    return Load(tuple(phases), profile.max_users, profile.stop_within_s, profile.seed)


def read_profile(name: str, node: Node) -> Profile:
    """A profile of `simulator.yaml`; mistakes go to the node's problems."""
    entries = node.mapping(PROFILE_KEYS)
    spacing, browser = node.get("arrivals"), node.get("browser")
    traceparent = "traceparent" in entries and entries["traceparent"].boolean()
    options = read_browser(browser) if browser else BrowserOptions()
    return Profile(
        name=name,
        users=_read_users(node.get("users")) or {},
        arrivals=_read_rate(node.get("rate"), spacing) or (),
        phases=_read_phases(node.get("phases"), spacing),
        duration_s=_seconds(node, "duration"),
        warm_up_s=_seconds(node, "warm_up") or 0.0,
        spawn_per_s=_per_s(node),
        thresholds=tuple(Path(n.text()) for n in entries["thresholds"].one_or_more())
        if "thresholds" in entries
        else (),
        environment=_text(node, "environment"),
        tags=tuple(n.text() for n in entries["tags"].one_or_more()) if "tags" in entries else (),
        max_users=entries["max_users"].integer(1000) if "max_users" in entries else 1000,
        stop_within_s=entries["stop_within"].duration(10.0) if "stop_within" in entries else 10.0,
        seed=entries["seed"].integer(1) if "seed" in entries else 1,
        contracts=_read_contracts(node.get("contracts")),
        most_loop_lag_s=_validity(node, "loop_lag", Node.duration, MOST_LOOP_LAG_S),
        most_browser_wait_ratio=_validity(node, "browser_wait", Node.share, MOST_BROWSER_WAIT),
        most_browser_deaths=_validity(node, "browser_deaths", Node.integer, MOST_BROWSER_DEATHS),
        browser=replace(options, traceparent=True) if traceparent else options,
        traceparent=traceparent,
    )


def parse_stream(of: str, text: str, spacing: str = "even") -> Arrivals:
    """A stream of arrivals from a text like `20/s` or `5/s to 20/s`.

    Raises:
        ValueError: the text is no rate.
    """
    ramp = _RAMP.fullmatch(text.strip())
    first, last = (ramp[1], ramp[2]) if ramp else (text, None)
    to_per_s = parse_rate(last) if last is not None else None
    return Arrivals(of, parse_rate(first), to_per_s, "poisson" if spacing == "poisson" else "even")


def _phase(spec: PhaseSpec, profile: Profile, start_s: float) -> Phase:
    return Phase(
        name=spec.name,
        start_s=start_s,
        duration_s=spec.duration_s,
        measured=spec.measured,
        users=profile.users if spec.users is None else spec.users,
        spawn_per_s=spec.spawn_per_s or profile.spawn_per_s,
        arrivals=profile.arrivals if spec.arrivals is None else spec.arrivals,
        faults=spec.faults,
    )


def _written_s(profile: Profile) -> float | None:
    if not profile.phases:
        return profile.duration_s
    measured = [phase.duration_s for phase in profile.phases if phase.measured]
    return None if None in measured else sum(duration for duration in measured if duration is not None)


def _main_load(profile: Profile) -> Profile:
    """The load of the first measured phase as the profile's own; a profile without phases as it is."""
    for phase in profile.phases:
        if phase.measured:
            users = profile.users if phase.users is None else phase.users
            arrivals = profile.arrivals if phase.arrivals is None else phase.arrivals
            return replace(profile, users=users, arrivals=arrivals)
    return profile


def _read_phases(node: Node | None, spacing: Node | None) -> tuple[PhaseSpec, ...]:
    if node is None:
        return ()
    specs: list[PhaseSpec] = []
    for child in node.items():
        spec = _read_phase(child, spacing)
        if any(spec.name == other.name for other in specs):
            child.problem(f"two phases are called {spec.name!r}", "a phase's name is unique, thresholds refer to it")
        specs.append(spec)
    if not specs:
        node.problem("a profile needs at least one phase")
    return tuple(specs)


def _read_phase(node: Node, spacing: Node | None) -> PhaseSpec:
    entries = node.mapping(PHASE_KEYS, required=("name", "duration"))
    faults = node.get("faults")
    return PhaseSpec(
        name=_text(node, "name") or "",
        duration_s=_seconds(node, "duration"),
        measured=entries["measured"].boolean(True) if "measured" in entries else True,
        users=_read_users(node.get("users")),
        arrivals=_read_rate(node.get("rate"), node.get("arrivals") or spacing),
        spawn_per_s=_per_s(node),
        faults={
            name: ", ".join(each.text() for each in value.one_or_more()) for name, value in faults.mapping().items()
        }
        if faults
        else {},
    )


def _read_users(node: Node | None) -> dict[str, int] | None:
    if node is None:
        return None
    if node.kind == "mapping":
        return {name: _count(value) for name, value in node.mapping().items()}
    return {ANYONE: _count(node)}


def _read_rate(node: Node | None, spacing: Node | None) -> tuple[Arrivals, ...] | None:
    if node is None:
        return None
    spaced = spacing.choice(("even", "poisson"), "even") if spacing is not None else "even"
    streams = node.mapping() if node.kind == "mapping" else {ANYONE: node}
    nothing = Arrivals(ANYONE, 0.0)
    return tuple(
        value.parsed(lambda text, of=of: parse_stream(of, text, spaced), nothing)  # type: ignore[misc]
        for of, value in streams.items()
    )


def _validity(node: Node, key: str, read: Callable[[Node, Limit], Limit], default: Limit) -> Limit:
    validity = node.get("validity")
    value = validity.mapping(VALIDITY_KEYS).get(key) if validity is not None else None
    return default if value is None else read(value, default)


def _read_contracts(node: Node | None) -> Contracts:
    """Files alone, or a mapping of `files`, `share` and `budget`."""
    if node is None:
        return Contracts()
    if node.kind != "mapping":
        return Contracts(tuple(Path(each.text()) for each in node.one_or_more()))
    entries = node.mapping(("files", "share", "budget"), required=("files",))
    files = entries["files"].one_or_more() if "files" in entries else ()
    share = entries["share"].share(1.0) if "share" in entries else 1.0
    budget_ratio = entries["budget"].share(0.05) if "budget" in entries else 0.05
    for name, value in (("share", share), ("budget", budget_ratio)):
        if not 0 < value <= 1:
            entries[name].problem(f"{name!r} lies above 0% and up to 100%")
    return Contracts(tuple(Path(each.text()) for each in files), share, budget_ratio)


def _count(node: Node) -> int:
    count = node.integer()
    if count < 0:
        node.problem(f"{count} users are too few")
    return max(0, count)


def _seconds(node: Node, key: str) -> float | None:
    value = node.get(key)
    if value is None:
        return None
    seconds = value.duration(default=1.0)
    if seconds <= 0:
        value.problem(f"{key!r} must be longer than nothing")
    return seconds


def _per_s(node: Node) -> float | None:
    value = node.get("spawn_rate")
    return None if value is None else value.rate()


def _text(node: Node, key: str) -> str | None:
    value = node.get(key)
    return None if value is None else value.text()
