"""Where a run goes: the environment that the command line, the profile or the journey files themselves name."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from urllib.parse import urljoin, urlsplit

from simulator.errors import UsageError
from simulator.monitor.exposition import Exposition
from simulator.monitor.listener import Listener
from simulator.plan.cast import Cast
from simulator.plan.environment import EnvironmentSpec
from simulator.plan.profile import Profile
from simulator.plan.project import Project


def environment_of(arguments: argparse.Namespace, project: Project, profile: Profile, cast: Cast) -> EnvironmentSpec:
    """The environment of a run. User classes that have a `host` need none.

    Raises:
        UsageError: nobody says where to go, or what is said makes no sense.
    """
    if arguments.host:
        if arguments.environment:
            raise UsageError("--host and --environment exclude each other")
        if not arguments.host.startswith(("http://", "https://")):
            raise UsageError(f"--host {arguments.host} is no address", hint="write it like https://shop.example.com")
        return EnvironmentSpec("", arguments.host.rstrip("/"), data=project.data)
    name = arguments.environment or profile.environment or project.environment or next(iter(project.environments), None)
    if name is not None:
        return project.environment_named(name)
    hosts = own_hosts(cast)
    if not hosts or any(user.host is None and _needs_host(user.kind) for user in cast.users):
        raise UsageError("where to? name a --host, or an environment in simulator.yaml")
    return EnvironmentSpec("", hosts[0] if len(hosts) == 1 else "", data=project.data)


def own_hosts(cast: Cast) -> list[str]:
    """Addresses that user classes bring along, each once."""
    return list(dict.fromkeys(user.host.rstrip("/") for user in cast.users if user.host))


def awaited(host: str, cast: Cast, web: str | None) -> list[str]:
    """The addresses where somebody must answer before load is sent.

    Args:
        host: where everybody goes; empty text for "as each class says".
        cast: who takes part.
        web: where the run itself will listen (`host:port`); nobody can answer there yet.
    """
    return [each for each in ([host] if host else own_hosts(cast)) if urlsplit(each).netloc != web]


def listener_of(spec: EnvironmentSpec, urls: Mapping[str, str]) -> Listener:
    """What reads the services that tell what they measure.

    Args:
        spec: the environment.
        urls: service → address.
    """
    telling = [(service.name, service.metrics) for service in spec.services if service.metrics is not None]
    return Listener([Exposition(name, urljoin(urls[name] + "/", told.path), told.keep) for name, told in telling])


def _needs_host(kind: str) -> bool:
    return kind in ("api", "browser")
