"""An environment: brought up in the order of needs, watched, taken down on every way out."""

from __future__ import annotations

import contextlib
import secrets
import shlex
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

from simulator.environment.compose import ComposeService
from simulator.environment.ledger import Ledger
from simulator.environment.order import start_order
from simulator.environment.process import ServiceProcess
from simulator.environment.readiness import accepts_connection, answers_http, printed, succeeds
from simulator.environment.template import fill
from simulator.errors import BringUpError
from simulator.plan.environment import EnvironmentSpec, ServiceSpec

_LOOK_EVERY_S = 0.05


@dataclass(frozen=True)
class Control:
    """Where and how a virtual service is controlled.

    Attributes:
        url: of its control interface, on loopback.
        token: opens it.
    """

    url: str
    token: str


@dataclass(frozen=True)
class Death:
    """A service that ended by itself.

    Attributes:
        name: the service.
        exit_code: how it ended; negative for a signal.
        last_words: the last lines that it printed.
    """

    name: str
    exit_code: int
    last_words: str


class Environment:
    """The services of a run.

    Attributes:
        host: where users go.
        urls: service → address.
        controls: virtual service or proxy → address and token of its control interface.
        databases: as in the spec, with the addresses of services put in.
        queues: as in the spec, with the addresses of services put in.
    """

    def __init__(self, spec: EnvironmentSpec, log_folder: Path, *, cwd: Path, tell: Callable[[str], None],
                 ledger: Ledger | None = None, keep: bool = False) -> None:  # fmt: skip
        self._spec = spec
        self._logs = log_folder
        self._cwd = cwd
        self._tell = tell
        self._ledger = ledger
        self._keep = keep
        self._seeded = False
        self._running: dict[str, ServiceProcess | ComposeService] = {}
        self._dead: set[str] = set()
        self._values: dict[str, str] = {}
        self.urls: dict[str, str] = {}
        self.controls: dict[str, Control] = {}
        self.host = spec.host
        self.databases: dict[str, dict[str, str]] = {}
        self.queues: dict[str, dict[str, str]] = {}

    def up(self) -> None:
        """Start everything and wait until it is ready.

        Raises:
            UsageError: needs or placeholders name what does not exist.
            BringUpError: a service does not start or is not ready in time; what was started has been stopped again.
        """
        specs = {service.name: service for service in self._spec.services}
        needs = {name: service.needs for name, service in specs.items()}
        start_order(needs)
        self._hand_out_addresses(specs)
        self.host = fill(self._spec.host, self._values, where=f"host of environment {self._spec.name!r}")
        self.databases = {name: self._addressed(name, settings) for name, settings in self._spec.databases.items()}
        self.queues = {name: self._addressed(name, settings) for name, settings in self._spec.queues.items()}
        self._logs.mkdir(parents=True, exist_ok=True)
        try:
            self._start_all(specs, TopologicalSorter(needs))
            self._seeded = True
            for command in self._spec.before:
                self._hook("before", command)
        except BaseException:
            self._keep = False
            self.down()
            raise

    def down(self) -> None:
        """Run the `after` commands and stop everything that was started, the newest first; or say how to."""
        if self._seeded:
            self._seeded = False
            for command in self._spec.after:
                with contextlib.suppress(BringUpError):
                    self._hook("after", command)
        if self._keep and self._running:
            self._leave()
            return
        for name in reversed(list(self._running)):
            self._running.pop(name).stop()
        if self._ledger is not None:
            self._ledger.close()

    def _leave(self) -> None:
        for name, url in self.urls.items():
            self._tell(f"{name} stays up at {url}")
        commands = [process.how_to_stop for process in reversed(self._running.values())]
        self._tell(f"stop it with: {'; '.join(commands)}")
        if self._ledger is not None:
            self._ledger.keep()

    def _start_all(self, specs: Mapping[str, ServiceSpec], order: TopologicalSorter[str]) -> None:
        """Each service is started as soon as what it needs is ready; those that need nothing more come up together."""
        order.prepare()
        coming: dict[str, float] = {}
        while order.is_active():
            for name in sorted(order.get_ready()):
                self._start(specs[name])
                coming[name] = time.monotonic() + specs[name].ready.within_s
            ready = [name for name, ends_s in coming.items() if self._has_come(specs[name], ends_s)]
            for name in ready:
                del coming[name]
            order.done(*ready)
            if coming and not ready:
                time.sleep(_LOOK_EVERY_S)

    def _hook(self, when: str, command: str) -> None:
        """Run a command to its end.

        Raises:
            BringUpError: it failed.
        """
        self._tell(f"{when}: {command}")
        where = f"{when} of environment {self._spec.name!r}"
        hook = ServiceProcess(when, fill(command, self._values, where=where), self._logs / f"{when}.log", env={},
                              cwd=str(self._cwd))  # fmt: skip
        try:
            while (code := hook.exit_code()) is None:
                time.sleep(_LOOK_EVERY_S)
        finally:
            hook.stop()
        if code != 0:
            self._tell(f"{when}: {command} ended with exit code {code}")
            raise BringUpError(
                f"the {when!r} command `{command}` ended with exit code {code}", detail=hook.last_words()
            )

    @property
    def values(self) -> Mapping[str, str]:
        """What `{service.url}` and `{service.port}` stand for."""
        return self._values

    def deaths(self) -> list[Death]:
        """Services that ended by themselves since the last call."""
        fresh = []
        for name, process in self._running.items():
            code = process.exit_code()
            if code is not None and name not in self._dead:
                self._dead.add(name)
                fresh.append(Death(name, code, process.last_words()))
        return fresh

    def consumers_of(self, service: str) -> list[str]:
        """The services that need another one, or are told its address."""
        place = f"{{{service}.url}}"
        return [
            spec.name
            for spec in self._spec.services
            if service in spec.needs
            or place in (spec.command or "")
            or any(place in value for value in spec.env.values())
        ]

    def pids(self) -> Mapping[str, int]:
        """Service → process id, of those that were started here."""
        return {name: process.pid for name, process in self._running.items() if process.pid is not None}

    def _hand_out_addresses(self, specs: Mapping[str, ServiceSpec]) -> None:
        ports = free_ports(sum(spec.url is None for spec in specs.values()))
        for name, spec in specs.items():
            url = spec.url or f"http://127.0.0.1:{ports.pop()}"
            self.urls[name] = url
            self._values[f"{name}.url"] = url
            self._values[f"{name}.port"] = url.rpartition(":")[2].strip("/")

    def _addressed(self, name: str, settings: Mapping[str, str]) -> dict[str, str]:
        where = f"{name!r} of environment {self._spec.name!r}"
        return {key: fill(value, self._values, where=where) for key, value in settings.items()}

    def _start(self, spec: ServiceSpec) -> None:
        command = command_of(spec)
        if spec.compose is not None:
            self._compose(spec)
        if command is None:
            return
        where = f"service {spec.name!r}"
        values = {**self._values, "port": self._values[f"{spec.name}.port"]}
        env = {key: fill(value, values, where=where) for key, value in spec.env.items()}
        if spec.virtual is not None or spec.proxy is not None:
            command, env = self._controlled(spec.name, command, env)
        self._tell(f"starting {spec.name}")
        self._running[spec.name] = ServiceProcess(
            spec.name,
            fill(command, values, where=where),
            self._logs / f"{spec.name}.log",
            env=env,
            cwd=str(self._cwd / spec.cwd if spec.cwd else self._cwd),
            survives=self._keep,
        )
        if self._ledger is not None:
            self._ledger.add(spec.name, self._running[spec.name].pid or 0)

    def _compose(self, spec: ServiceSpec) -> None:
        self._tell(f"starting {spec.name}")
        env = {key: fill(value, self._values, where=f"service {spec.name!r}") for key, value in spec.env.items()}
        self._running[spec.name] = ComposeService(
            spec.name, spec.compose or "", self._logs / f"{spec.name}.log", env=env,
            cwd=str(self._cwd / spec.cwd if spec.cwd else self._cwd), within_s=spec.ready.within_s,
        )  # fmt: skip

    def _controlled(self, name: str, command: str, env: Mapping[str, str]) -> tuple[str, dict[str, str]]:
        """The command with a control interface of its own, opened by a token that only this process knows."""
        [port] = free_ports(1)
        token = secrets.token_urlsafe(18)
        self.controls[name] = Control(f"http://127.0.0.1:{port}", token)
        return f"{command} --control-port {port}", {**env, "SIMULATOR_VIRTUAL_TOKEN": token}

    def _has_come(self, spec: ServiceSpec, ends_s: float) -> bool:
        """Whether a service that was started is ready by now.

        Raises:
            BringUpError: it ended, or its time is over.
        """
        process = self._running.get(spec.name)
        if process is not None and process.exit_code() is not None:
            raise BringUpError(
                f"service {spec.name!r} ended with exit code {process.exit_code()} while it was starting",
                detail=process.last_words(),
            )
        if self._is_ready(spec):
            return True
        if time.monotonic() > ends_s:
            raise BringUpError(
                f"service {spec.name!r} was not ready within {spec.ready.within_s:g} s ({self._asked(spec)})",
                hint="give it longer with `ready: {within: …}`, or look at what it said",
                detail=process.last_words() if process else None,
            )
        return False

    def _is_ready(self, spec: ServiceSpec) -> bool:
        url, ready = self.urls[spec.name], spec.ready
        asked = []
        if ready.http is not None:
            asked.append(answers_http(url.rstrip("/") + ready.http))
        if ready.log is not None:
            asked.append(printed(self._logs / f"{spec.name}.log", ready.log))
        if ready.command is not None:
            asked.append(succeeds(fill(ready.command, self._values, where=f"service {spec.name!r}")))
        return all(asked) if asked else accepts_connection(url)

    def _asked(self, spec: ServiceSpec) -> str:
        ready, url = spec.ready, self.urls[spec.name]
        if ready.http is not None:
            return f"GET {url.rstrip('/')}{ready.http}"
        return f"log {ready.log!r}" if ready.log else f"`{ready.command}`" if ready.command else f"connect to {url}"


def command_of(spec: ServiceSpec) -> str | None:
    """What is started for a service, placeholders not yet filled in; `None` for one that is simply there."""
    if spec.virtual is not None:
        return f"simulator virtual serve {shlex.quote(spec.virtual)} --port {{port}}"
    if spec.proxy is not None:
        return f"simulator virtual proxy --target {spec.proxy} --port {{port}}"
    if spec.app is not None:
        return f"python -m simulator.environment.app_host {shlex.quote(spec.app)} --port {{port}}"
    return spec.command


@contextlib.contextmanager
def brought_up(environment: Environment) -> Iterator[Environment]:
    """The environment, up inside the block and down after it, however it ends."""
    environment.up()
    try:
        yield environment
    finally:
        environment.down()


def free_ports(count: int) -> list[int]:
    """Ports on loopback that nobody listens on, all different."""
    with contextlib.ExitStack() as open_sockets:
        sockets = [open_sockets.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]
