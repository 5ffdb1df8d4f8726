"""`simulator.yaml`: environments and profiles of a project."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from simulator.document import parse_document, read_document
from simulator.errors import Problem, UsageError, did_you_mean
from simulator.node import Node, Problems
from simulator.plan.environment import EnvironmentSpec, Metrics, Ready, ServiceSpec
from simulator.plan.profile import Profile, read_profile
from simulator.plan.promises import Promises, read_promises
from simulator.plan.suite import Suite, read_suites

FILE_NAME = "simulator.yaml"
PROJECT_KEYS = (
    "environments", "profiles", "journeys", "environment", "profile", "build", "suites", "data", "allowed_hosts",
    "secrets", "contracts",
)  # fmt: skip
ENVIRONMENT_KEYS = ("services", "host", "before", "after", "databases", "queues", "data")
DATABASE_KEYS = ("url", "pool", "timeout")
QUEUE_KEYS = ("url", "name", "kind", "exchange", "correlation")
QUEUE_KINDS = ("queue", "topic", "stream")
SERVICE_KEYS = ("command", "url", "virtual", "proxy", "app", "compose", "ready", "needs", "env", "cwd", "metrics")
KINDS = ("command", "url", "virtual", "proxy", "app", "compose")
SHORTEST_SECRET = 4
METRICS_KEYS = ("path", "keep")
READY_KEYS = ("http", "log", "command", "within")
Value = TypeVar("Value")


@dataclass(frozen=True)
class Project:
    """What `simulator.yaml` says.

    Attributes:
        root: the folder that relative paths count from.
        environments: by name.
        profiles: by name.
        journeys: files and folders that hold the journeys.
        environment: the one to use when none is named, or `None`.
        profile: the one to use when none is named, or `None`.
        suites: by name.
        data: the data spec of environments that name none, or `None`.
        allowed_hosts: what a run may load besides this machine; `*` stands for any part of a name.
        secrets: values of the environment variables that are named as secret, never to be written down.
        contracts: how contracts among the journeys are checked.
    """

    root: Path
    environments: Mapping[str, EnvironmentSpec] = field(default_factory=dict)
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    journeys: tuple[Path, ...] = (Path("journeys"),)
    environment: str | None = None
    profile: str | None = None
    suites: Mapping[str, Suite] = field(default_factory=dict)
    data: str | None = None
    allowed_hosts: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    contracts: Promises = Promises()

    def environment_named(self, name: str) -> EnvironmentSpec:
        """An environment.

        Raises:
            UsageError: there is none of that name.
        """
        return _named("environment", name, self.environments)

    def profile_named(self, name: str) -> Profile:
        """A profile.

        Raises:
            UsageError: there is none of that name.
        """
        return _named("profile", name, self.profiles)


def load_project(root: Path, environ: Mapping[str, str]) -> Project:
    """The project in a folder; an empty one when it has no `simulator.yaml`.

    Raises:
        FileError: with every mistake of the file.
    """
    path = root / FILE_NAME
    if not path.is_file():
        return Project(root)
    problems = Problems()
    shown = Path(FILE_NAME) if root.resolve() == Path.cwd() else path
    project = _read(read_document(shown, environ=environ, problems=problems), root)
    _check_names(project, problems, str(shown))
    problems.raise_if_any()
    return project


def parse_project(text: str, file: str, root: Path, environ: Mapping[str, str]) -> Project:
    """The project of a text, for projects that come with the package.

    Raises:
        FileError: with every mistake.
    """
    problems = Problems()
    project = _read(parse_document(text, file, environ=environ, problems=problems), root)
    _check_names(project, problems, file)
    problems.raise_if_any()
    return project


def _read(node: Node, root: Path) -> Project:
    if node.kind == "nothing":
        return Project(root)
    node.mapping(PROJECT_KEYS)
    environments, profiles, journeys = node.get("environments"), node.get("profiles"), node.get("journeys")
    suites, data, allowed = node.get("suites"), node.get("data"), node.get("allowed_hosts")
    secret = node.get("secrets")
    default_environment, default_profile = node.get("environment"), node.get("profile")
    return Project(
        root=root,
        environments={n: _environment(n, e, data) for n, e in environments.mapping().items()} if environments else {},
        profiles={n: read_profile(n, p) for n, p in profiles.mapping().items()} if profiles else {},
        journeys=tuple(Path(n.text()) for n in journeys.one_or_more()) if journeys else (Path("journeys"),),
        environment=default_environment.text() if default_environment else None,
        profile=default_profile.text() if default_profile else None,
        suites=read_suites(suites) if suites else {},
        data=data.text() if data else None,
        allowed_hosts=tuple(_host_name(each) for each in allowed.one_or_more()) if allowed else (),
        secrets=tuple(filter(None, map(_secret, secret.one_or_more()))) if secret else (),
        contracts=read_promises(node.get("contracts")),
    )


def _secret(node: Node) -> str:
    """The value of the environment variable that is named; one that is not set has nothing to hide."""
    name = node.text()
    value = node.source.environ.get(name, "")
    if "$" in name:
        node.problem("`secrets` lists names of environment variables, not their values", "write PASSWORD")
    elif 0 < len(value) < SHORTEST_SECRET:
        node.problem(f"the value of {name} has fewer than {SHORTEST_SECRET} characters: too short to be kept secret")
    return value


def _host_name(node: Node) -> str:
    """A name or an address of a host, with wildcards; an address of a page is a mistake that would match nothing."""
    text = node.text()
    if node.kind == "text" and ("/" in text or not text.strip()):
        node.problem(f"{text!r} is no host", "write it without scheme, port and path: shop.example.com")
    return text


def _environment(name: str, node: Node, shared_data: Node | None) -> EnvironmentSpec:
    node.mapping(ENVIRONMENT_KEYS, required=("host",))
    services, host, before, after = (node.get(key) for key in ("services", "host", "before", "after"))
    specs = tuple(_service(n, s) for n, s in services.mapping().items()) if services else ()
    names = [spec.name for spec in specs]
    for spec in specs:
        for needed in spec.needs:
            if needed not in names and services is not None:
                services.keys[spec.name].problem(
                    f"service {spec.name!r} needs {needed!r}, which is no service here", did_you_mean(needed, names)
                )
    databases, queues, data = node.get("databases"), node.get("queues"), node.get("data") or shared_data
    return EnvironmentSpec(
        name,
        host.text() if host else "",
        specs,
        _commands(before),
        _commands(after),
        {n: _settings(each, DATABASE_KEYS) for n, each in databases.mapping().items()} if databases else {},
        {n: _queue(each) for n, each in queues.mapping().items()} if queues else {},
        data.text() if data else None,
    )


def _queue(node: Node) -> dict[str, str]:
    kind = node.get("kind") if node.kind == "mapping" else None
    if kind is not None:
        kind.choice(QUEUE_KINDS)
    return _settings(node, QUEUE_KEYS)


def _settings(node: Node, known: tuple[str, ...]) -> dict[str, str]:
    """An address, or an address with settings."""
    if node.kind == "text":
        return {"url": node.text()}
    entries = node.mapping(known, required=("url",))
    if timeout := node.get("timeout"):
        timeout.duration()
    if pool := node.get("pool"):
        pool.integer()
    return {key: value.text() for key, value in entries.items()}


def _commands(node: Node | None) -> tuple[str, ...]:
    return tuple(each.text() for each in node.one_or_more()) if node else ()


def _service(name: str, node: Node) -> ServiceSpec:
    node.mapping(SERVICE_KEYS)
    needs, env, cwd = (node.get(key) for key in ("needs", "env", "cwd"))
    kinds = {key: value.text() for key in KINDS if (value := node.get(key)) is not None}
    if len(kinds) != 1 and set(kinds) != {"compose", "url"}:
        node.problem(f"service {name!r} needs exactly one of {', '.join(KINDS)}", "compose takes an url beside it")
    return ServiceSpec(
        name=name,
        **kinds,
        ready=_ready(node.get("ready")),
        needs=tuple(n.text() for n in needs.one_or_more()) if needs else (),
        env={key: value.text() for key, value in env.mapping().items()} if env else {},
        cwd=cwd.text() if cwd else None,
        metrics=_metrics(node.get("metrics")),
    )


def _metrics(node: Node | None) -> Metrics | None:
    """A path alone, or with the names of what is kept."""
    if node is None:
        return None
    if node.kind == "text":
        return Metrics(node.text())
    entries = node.mapping(METRICS_KEYS, required=("path",))
    keep = entries["keep"].one_or_more() if node.get("keep") else ()
    return Metrics(entries["path"].text() if "path" in entries else "", tuple(each.text() for each in keep))


def _ready(node: Node | None) -> Ready:
    if node is None:
        return Ready()
    node.mapping(READY_KEYS)
    http, log, command, within = (node.get(key) for key in READY_KEYS)
    return Ready(
        http=http.text() if http else None,
        log=log.text() if log else None,
        command=command.text() if command else None,
        within_s=within.duration() if within else Ready().within_s,
    )


def _check_names(project: Project, problems: Problems, file: str) -> None:
    named = [("environment", project.environment, project.environments), ("profile", project.profile, project.profiles)]
    named += [("environment", profile.environment, project.environments) for profile in project.profiles.values()]
    named += [("profile", suite.profile, project.profiles) for suite in project.suites.values()]
    named += [("environment", suite.environment, project.environments) for suite in project.suites.values()]
    for what, name, known in named:
        if name is not None and name not in known:
            problems.add(Problem(file, 0, 0, f"there is no {what} {name!r}", did_you_mean(name, list(known))))


def _named(what: str, name: str, known: Mapping[str, Value]) -> Value:
    if name not in known:
        hint = did_you_mean(name, list(known)) or f"{FILE_NAME} defines no {what}s here"
        raise UsageError(f"there is no {what} {name!r}", hint=hint)
    return known[name]
