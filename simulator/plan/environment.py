"""Where a run takes place: the services it needs and the address that users go to, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Ready:
    """When a service counts as up; what is `None` is not asked. With nothing asked, its port must accept a connection.

    Attributes:
        http: a path that must answer with a status below 400.
        log: a regular expression that a line of its log must match.
        command: a command that must exit 0.
        within_s: how long it may take.
    """

    http: str | None = None
    log: str | None = None
    command: str | None = None
    within_s: float = 30.0


@dataclass(frozen=True)
class Metrics:
    """What a service tells of itself, as Prometheus reads it.

    Attributes:
        path: behind the service's address, or a whole address.
        keep: names of what is kept, with `*` for any part; empty for the first of them in order.
    """

    path: str
    keep: tuple[str, ...] = ()


@dataclass(frozen=True)
class ServiceSpec:
    """One service.

    Attributes:
        name: unique in its environment; `{name.url}` and `{name.port}` stand for it elsewhere.
        command: started as it stands, without a shell; `None` when it is something else.
        url: the address of a service that is simply there; `None` for one that is started.
        virtual: a stub file, for a virtual service that is started in its place; `None` for a real one.
        proxy: `host:port` that a TCP proxy in front of it leads to; may contain `{service.port}`.
        app: `module:app`, a WSGI application served in a process of its own.
        compose: a Compose file, brought up by `docker compose`; the service has an `url`, too.
        ready: when it counts as up.
        needs: services that must be up before it.
        env: environment variables on top of the present ones.
        cwd: its working folder, or `None` for the project's.
        metrics: where it tells what it measures itself; `None` for nowhere.
    """

    name: str
    command: str | None = None
    url: str | None = None
    virtual: str | None = None
    proxy: str | None = None
    app: str | None = None
    compose: str | None = None
    ready: Ready = Ready()
    needs: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: str | None = None
    metrics: Metrics | None = None


@dataclass(frozen=True)
class EnvironmentSpec:
    """One environment.

    Attributes:
        name: as in `simulator.yaml`; empty text for an address given on the command line.
        host: where users go; may contain `{service.url}`.
        services: to be started before the run and stopped after it.
        before: commands that must succeed once the services are up (migrations, seeding), in order.
        after: commands that are run before the services are stopped, however the run ended.
        databases: by name, each with its `url` and settings; addresses may contain `{service.port}`.
        queues: by name, each with its `url` and settings; addresses may contain `{service.port}`.
        data: the data spec that is put in before the run and taken away after it; `None` for none.
    """

    name: str
    host: str
    services: tuple[ServiceSpec, ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    databases: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    queues: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    data: str | None = None
