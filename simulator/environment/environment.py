"""An environment: brought up in the order of needs, watched, taken down on every way out."""

from __future__ import annotations

import contextlib
import secrets
import shlex
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

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
    """

    def __init__(self, spec: EnvironmentSpec, log_folder: Path, *, cwd: Path, tell: Callable[[str], None]) -> None:
        self._spec = spec
        self._logs = log_folder
        self._cwd = cwd
        self._tell = tell
        self._running: dict[str, ServiceProcess] = {}
        self._dead: set[str] = set()
        self._values: dict[str, str] = {}
        self.urls: dict[str, str] = {}
        self.controls: dict[str, Control] = {}
        self.host = spec.host

    def up(self) -> None:
        """Start everything and wait until it is ready.

        Raises:
            UsageError: needs or placeholders name what does not exist.
            BringUpError: a service does not start or is not ready in time; what was started has been stopped again.
        """
        specs = {service.name: service for service in self._spec.services}
        groups = start_order({name: service.needs for name, service in specs.items()})
        self._hand_out_addresses(specs)
        self.host = fill(self._spec.host, self._values, where=f"host of environment {self._spec.name!r}")
        self._logs.mkdir(parents=True, exist_ok=True)
        try:
            for group in groups:
                for name in group:
                    self._start(specs[name])
                for name in group:
                    self._await(specs[name])
        except BaseException:
            self.down()
            raise

    def down(self) -> None:
        """Stop everything that was started, the newest first."""
        for name in reversed(list(self._running)):
            self._running.pop(name).stop()

    def deaths(self) -> list[Death]:
        """Services that ended by themselves since the last call."""
        fresh = []
        for name, process in self._running.items():
            code = process.exit_code()
            if code is not None and name not in self._dead:
                self._dead.add(name)
                fresh.append(Death(name, code, process.last_words()))
        return fresh

    def pids(self) -> Mapping[str, int]:
        """Service → process id, of those that were started here."""
        return {name: process.pid for name, process in self._running.items()}

    def _hand_out_addresses(self, specs: Mapping[str, ServiceSpec]) -> None:
        ports = free_ports(sum(spec.url is None for spec in specs.values()))
        for name, spec in specs.items():
            url = spec.url or f"http://127.0.0.1:{ports.pop()}"
            self.urls[name] = url
            self._values[f"{name}.url"] = url
            self._values[f"{name}.port"] = url.rpartition(":")[2].strip("/")

    def _start(self, spec: ServiceSpec) -> None:
        command = command_of(spec)
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
        )

    def _controlled(self, name: str, command: str, env: Mapping[str, str]) -> tuple[str, dict[str, str]]:
        """The command with a control interface of its own, opened by a token that only this process knows."""
        [port] = free_ports(1)
        token = secrets.token_urlsafe(18)
        self.controls[name] = Control(f"http://127.0.0.1:{port}", token)
        return f"{command} --control-port {port}", {**env, "SIMULATOR_VIRTUAL_TOKEN": token}

    def _await(self, spec: ServiceSpec) -> None:
        ends_s = time.monotonic() + spec.ready.within_s
        while not self._is_ready(spec):
            process = self._running.get(spec.name)
            if process is not None and process.exit_code() is not None:
                raise BringUpError(
                    f"service {spec.name!r} ended with exit code {process.exit_code()} while it was starting",
                    detail=process.last_words(),
                )
            if time.monotonic() > ends_s:
                raise BringUpError(
                    f"service {spec.name!r} was not ready within {spec.ready.within_s:g} s ({self._asked(spec)})",
                    hint="give it longer with `ready: {within: …}`, or look at what it said",
                    detail=process.last_words() if process else None,
                )
            time.sleep(_LOOK_EVERY_S)

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
