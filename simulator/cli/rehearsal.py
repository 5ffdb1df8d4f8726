"""Everything a run needs to know, gathered and checked before anything is started."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from simulator.cli.browsers import browser_of
from simulator.cli.choice import chosen, known_items
from simulator.cli.contracts_of_run import contract_settings
from simulator.cli.load_arguments import (
    HTTP2,
    Workers,
    iterations_of,
    more_of,
    rates_of,
    seconds_of,
    spawn_rate_of,
    users_of,
    web_of,
    workers_of,
)
from simulator.cli.names import known_names, planned_journeys, planned_phases
from simulator.cli.permission import may_load
from simulator.cli.project_arguments import cast_of, project_here, secrets_of
from simulator.cli.stand_ins import check_faults
from simulator.cli.whereto import environment_of
from simulator.contract.interaction import Version
from simulator.engine.options import Options
from simulator.engine.shape import PHASE as SHAPE
from simulator.engine.shape import shape_of
from simulator.errors import UsageError, did_you_mean
from simulator.monitor.machine import machine
from simulator.node import Problems
from simulator.plan.browser import BrowserOptions
from simulator.plan.cast import Cast
from simulator.plan.environment import EnvironmentSpec
from simulator.plan.journey_file import shown
from simulator.plan.load import ANYONE, Arrivals, Load, Phase, taking_part
from simulator.plan.profile import Overrides, PhaseSpec, Profile, load_of, overridden
from simulator.plan.project import Project
from simulator.plan.promises import Promises
from simulator.record.secrecy import Secrecy
from simulator.threshold.invariant import Invariant, check_databases, collect_invariants
from simulator.threshold.load import check_names, collect_thresholds
from simulator.threshold.scope import KnownNames
from simulator.threshold.threshold import Threshold

BUILD_VARIABLES = (
    "SIMULATOR_BUILD", "GITHUB_SHA", "CI_COMMIT_SHORT_SHA", "GIT_COMMIT", "BITBUCKET_COMMIT", "BUILD_SOURCEVERSION",
    "CIRCLE_SHA1", "BUILDKITE_COMMIT",
)  # fmt: skip
DEFAULT_DURATION_S = 60.0
ONCE = Phase("once", 0.0, None, arrivals=(Arrivals(ANYONE, 1.0),))
"""What a suite looks like to those who ask who takes part."""


@dataclass(frozen=True)
class Rehearsal:
    """A run that is about to begin.

    Attributes:
        root: the project's folder.
        build: what is being rehearsed.
        profile: how much, by name.
        environment: where.
        cast: who.
        load: how much.
        thresholds: what is asked of it.
        threshold_files: where that is written.
        invariants: what must hold in databases.
        known: the names that thresholds may refer to.
        out: where run folders go.
        strict: whether an inconclusive threshold is an error.
        browser: how browser users get their browsers.
        command: the command line.
        most_loop_lag_s: how late the generator's event loop may be before the run is invalid.
        most_browser_wait_ratio: how much browsers may wait for a processor before the run is invalid.
        most_browser_deaths: how many browsers may die within a minute before the run is invalid.
        once: whether every journey runs once, as a test suite, instead of under load.
        select: which journeys of a suite; what they depend on comes along.
        shard: which part of a suite, such as `2/5`.
        retries: how often a failed journey of a suite is tried again.
        slots: how many journeys of a suite run side by side.
        workers: how many processes the load is spread over.
        baseline: folders of the runs that changes are judged against, in order of time.
        against: how the baseline was asked for; empty text when none was.
        keep: whether the environment stays up after the run.
        options: how users behave where their authors say nothing.
        collect: where collected contracts go: `None` for nowhere, empty text for the run's folder.
        pact_version: of the Pact files they are written to.
        secrets: values that must not be written down.
        promises: how contracts among the journeys are checked when everything runs once.
    """

    root: Path
    build: str
    profile: str
    environment: EnvironmentSpec
    cast: Cast
    load: Load
    thresholds: tuple[Threshold, ...]
    threshold_files: tuple[Path, ...]
    invariants: tuple[Invariant, ...]
    known: KnownNames
    out: Path
    strict: bool
    browser: BrowserOptions
    command: str
    most_loop_lag_s: float
    most_browser_wait_ratio: float
    most_browser_deaths: int
    once: bool
    select: str | None
    shard: str | None
    retries: int
    slots: int
    workers: Workers = Workers()
    baseline: tuple[Path, ...] = ()
    against: str = ""
    keep: bool = False
    options: Options = Options()
    collect: str | None = None
    pact_version: Version = "4"
    secrets: tuple[str, ...] = ()
    promises: Promises = Promises()


def plan_rehearsal(arguments: argparse.Namespace, project: Project | None = None) -> Rehearsal:
    """The run that the command line asks for.

    Raises:
        UsageError: the command line or a file is wrong; every problem of the files is named.
        BringUpError: journey files cannot be imported.
    """
    project = project or project_here()
    if arguments.environment:
        project.environment_named(arguments.environment)  # a slip of the pen is told before any file is imported
    shaped = (
        not arguments.once and _says_no_load(arguments, project) and shape_of(cast_of(arguments, project)) is not None
    )
    profile = _profile(arguments, project, shaped=shaped)
    files = tuple(arguments.thresholds or (Path(shown(project.root / file)) for file in profile.thresholds))
    problems = Problems()
    thresholds = collect_thresholds(files, environ=os.environ, problems=problems)
    invariants = collect_invariants(files, environ=os.environ, problems=problems)
    cast = cast_of(arguments, project, () if arguments.once else profile.tags, once=arguments.once)
    if arguments.select and not arguments.once:
        cast = cast.only({item.name for item in chosen(known_items(cast, arguments.out), arguments.select)})
    load = replace(load_of(profile), phases=(ONCE,)) if arguments.once else load_of(profile)
    acting = cast if shaped else taking_part(load, cast)
    environment = environment_of(arguments, project, profile, acting)
    _check_load(load, cast, shaped=shaped)
    check_databases(invariants, environment.databases, problems)
    check_faults(load, environment, project.root)
    known = known_names(cast, load, environment)
    for problem in check_names(thresholds, known):
        problems.add(problem)
    problems.raise_if_any()
    allowed = may_load(environment, cast, project.allowed_hosts)
    return Rehearsal(
        root=project.root,
        build=Secrecy(project.secrets).masked(arguments.build or build_here(project.root)),
        profile=profile.name,
        environment=environment,
        cast=acting,
        load=load,
        thresholds=thresholds,
        threshold_files=files,
        invariants=invariants,
        known=known,
        out=arguments.out,
        strict=arguments.strict,
        browser=replace(browser_of(arguments, profile.browser), allowed_hosts=allowed),
        command=" ".join(["simulator", *sys.argv[1:]]),
        most_loop_lag_s=profile.most_loop_lag_s,
        most_browser_wait_ratio=profile.most_browser_wait_ratio,
        most_browser_deaths=profile.most_browser_deaths,
        once=arguments.once,
        select=arguments.select,
        shard=arguments.shard,
        retries=max(0, arguments.retries),
        slots=max(1, arguments.slots),
        workers=workers_of(arguments),
        baseline=_baseline(arguments, cast, load, environment, thresholds),
        against=getattr(arguments, "baseline", None) or "",
        keep=arguments.keep,
        options=Options(
            verify=not getattr(arguments, "insecure", False),
            traceparent=profile.traceparent,
            http2=HTTP2[getattr(arguments, "http2", None)],
            iterations=iterations_of(arguments),
            shape=shaped,
            arguments=more_of(arguments),
            contracts=contract_settings(arguments, profile, project.root).to_plain(),
            web=web_of(arguments),
            allowed_hosts=allowed,
        ),
        collect=getattr(arguments, "collect_contracts", None),
        pact_version=getattr(arguments, "pact_version", "4"),
        secrets=(*project.secrets, *secrets_of(cast)),
        promises=project.contracts,
    )


def build_here(root: Path) -> str:
    """The name of what is being rehearsed: from the CI system, else the present git commit, else `local`."""
    for variable in BUILD_VARIABLES:
        if os.environ.get(variable):
            return os.environ[variable][:40]
    try:
        words = ["git", "-C", str(root), "rev-parse", "--short", "HEAD"]
        found = subprocess.run(words, capture_output=True, text=True, check=False, timeout=5)
    except (OSError, subprocess.TimeoutExpired):
        return "local"
    return found.stdout.strip() if found.returncode == 0 else "local"


def _baseline(
    arguments: argparse.Namespace,
    cast: Cast,
    load: Load,
    environment: EnvironmentSpec,
    thresholds: Sequence[Threshold],
) -> tuple[Path, ...]:
    """The runs that changes are judged against; none when the history that was asked for is still empty.

    Raises:
        UsageError: there are none of that name, or thresholds need a baseline and none is given.
    """
    changing = [threshold for threshold in thresholds if threshold.limit.change is not None]
    words = getattr(arguments, "baseline", None)
    if not words:
        if changing:
            first = changing[0]
            place = f"{first.file}:{first.line}: {first.limit.text!r}"
            raise UsageError(f"{place} needs a baseline", hint="add --baseline with a run, a build or 'last 8'")
        return ()
    from simulator.cli.run_lookup import StoredRuns

    like = {
        "journeys": [asdict(journey) for journey in planned_journeys(cast)],
        "phases": [
            {**asdict(phase), "end_s": phase.start_s + (phase.duration_s or 0.0)} for phase in planned_phases(load)
        ],
        "environment": environment.name or None,
        "machine": machine(),
    }
    return tuple(folder.resolve() for folder in StoredRuns(arguments.out).find(words, like=like, may_be_empty=True))


def _says_no_load(arguments: argparse.Namespace, project: Project) -> bool:
    """Whether neither the command line nor a profile says how much, so that a file's own load shape may."""
    return not (arguments.profile or project.profile or arguments.users or arguments.rate)


def _profile(arguments: argparse.Namespace, project: Project, *, shaped: bool = False) -> Profile:
    name = arguments.profile or project.profile
    profile = project.profile_named(name) if name else Profile()
    overrides = Overrides(
        users=users_of(arguments.users),
        rate=rates_of(arguments.rate),
        duration_s=seconds_of("--duration", arguments.duration),
        tags=tuple(arguments.tags),
        spawn_per_s=spawn_rate_of(getattr(arguments, "spawn_rate", None)),
    )
    if arguments.once:
        return replace(
            profile, tags=overrides.tags or profile.tags, arrivals=(Arrivals(ANYONE, 1.0),), users={}, phases=()
        )
    if shaped:
        return Profile(phases=(PhaseSpec(SHAPE, overrides.duration_s),), tags=overrides.tags)
    if not name and overrides.users is None and overrides.rate is None:
        known = ", ".join(project.profiles)
        raise UsageError(
            "how much load? name a --profile, or say --users or --rate",
            hint=f"profiles here: {known}" if known else "for example: --users 2 --duration 10s",
        )
    if not name and overrides.duration_s is None:
        overrides = replace(overrides, duration_s=DEFAULT_DURATION_S)
    return overridden(profile, overrides)


def _check_load(load: Load, cast: Cast, *, shaped: bool = False) -> None:
    """Refuse a load that names nobody, or that is none."""
    users = [user.name for user in cast.users]
    journeys = [journey.name for user in cast.users for journey in user.journeys]
    for phase in load.phases:
        for name in [*phase.users, *(stream.of for stream in phase.arrivals)]:
            if name != ANYONE and name not in users and name not in journeys:
                raise _nobody(name, phase.name, users, journeys)
        for name in phase.users:
            if name != ANYONE and name not in users:
                raise UsageError(f"phase {phase.name!r}: {name!r} is a journey; `users` counts user classes")
    if not shaped and not any(phase.arrivals or any(phase.users.values()) for phase in load.phases):
        hint = "say `users` or `rate` in the profile, or on the command line"
        raise UsageError("no phase has users or a rate", hint=hint)


def _nobody(name: str, phase: str, users: list[str], journeys: list[str]) -> UsageError:
    message = f"phase {phase!r} loads {name!r}, which is neither a user class nor a journey here"
    return UsageError(message, hint=did_you_mean(name, [*users, *journeys]))
