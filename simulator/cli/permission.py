"""Asks before a run loads a host that nobody has listed."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import urlsplit

from simulator.allowed import is_allowed
from simulator.errors import UsageError
from simulator.plan.cast import Cast
from simulator.plan.environment import EnvironmentSpec
from simulator.safe_text import clean

_PLACE = re.compile(r"\{(\w[\w-]*)\.url\}")


def may_load(
    environment: EnvironmentSpec,
    cast: Cast,
    listed: Sequence[str],
    ask: Callable[[str], bool] | None = None,
) -> tuple[str, ...]:
    """The hosts that a run may load: those listed, and those that somebody at the terminal has agreed to.

    Args:
        environment: where the run goes.
        cast: who goes there; user classes may name hosts of their own.
        listed: `allowed_hosts` of the project.
        ask: puts a question to a person; `None` for the terminal, when there is one.

    Raises:
        UsageError: a host is neither on this machine nor listed, and nobody agreed.
    """
    allowed = list(listed)
    for host in dict.fromkeys(hosts_of(environment, cast)):
        if is_allowed(host, allowed):
            continue
        if not (ask or _at_the_terminal)(f"{clean(host)} is not among the allowed_hosts of simulator.yaml. Load it?"):
            hint = f"if you may load it, write into simulator.yaml: allowed_hosts: [{host}]"
            raise UsageError(f"{host} is neither on this machine nor among the allowed hosts", hint=hint)
        allowed.append(host)
    return tuple(allowed)


def hosts_of(environment: EnvironmentSpec, cast: Cast) -> Iterator[str]:
    """The hosts that the users of a run are sent to, those behind its proxies, and its databases and queues."""
    urls = {service.name: service.url or "" for service in environment.services}
    addresses = [environment.host]
    addresses += [service.proxy for service in environment.services if service.proxy]
    addresses += [settings["url"] for settings in [*environment.databases.values(), *environment.queues.values()]]
    if not environment.host:
        addresses += [user.host for user in cast.users if user.host]
    for address in addresses:
        filled = _PLACE.sub(lambda place: urls.get(place[1], ""), address)
        host = urlsplit(filled if "//" in filled else f"//{filled}").hostname
        if host:
            yield host


def _at_the_terminal(question: str) -> bool:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")
