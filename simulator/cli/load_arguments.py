"""What the command line says about load, as values: users, rates, durations, iterations, workers."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass

from simulator.allowed import is_allowed
from simulator.engine.key import HOW, new_key, shared_key
from simulator.engine.locust_options import locust_options
from simulator.errors import UsageError
from simulator.plan.load import ANYONE, Arrivals
from simulator.plan.profile import parse_stream
from simulator.units import parse_duration, parse_rate

HTTP2: dict[str | None, bool | str] = {None: False, "tls": True, "prior-knowledge": "prior knowledge"}
"""The words of `--http2`, as the client takes them."""


@dataclass(frozen=True)
class Workers:
    """Processes that a run is spread over.

    Attributes:
        local: on this machine; 0 for none besides this one.
        remote: from elsewhere.
        address: where the master listens for those.
        port: likewise.
        key: what they must have to join; empty text for nothing.
    """

    local: int = 0
    remote: int = 0
    address: str = "127.0.0.1"
    port: int = 0
    key: str = ""


def users_of(words: Sequence[str] | None) -> dict[str, int] | None:
    """User class (or `ANYONE`) → how many, from `--users`; `None` when nothing was said.

    Raises:
        UsageError: a count is no whole number.
    """
    if not words:
        return None
    users = {}
    for word in words:
        of, _, count = word.rpartition("=")
        if not count.isdigit():
            raise UsageError(f"--users {word}: {count!r} is no whole number", hint="write 8, or Shopper=8")
        users[of or ANYONE] = int(count)
    return users


def rates_of(words: Sequence[str] | None) -> tuple[Arrivals, ...] | None:
    """Streams of arrivals, from `--rate`; `None` when nothing was said.

    Raises:
        UsageError: a rate cannot be read.
    """
    if not words:
        return None
    streams = []
    for word in words:
        of, _, rate = word.rpartition("=")
        try:
            streams.append(parse_stream(of or ANYONE, rate))
        except ValueError as error:
            raise UsageError(f"--rate {word}: {error}") from error
    return tuple(streams)


def seconds_of(option: str, text: str | None) -> float | None:
    """Seconds of an option's duration; `None` when it was not given.

    Raises:
        UsageError: the text is no duration, or nothing lasts so short.
    """
    if text is None:
        return None
    try:
        seconds = parse_duration(text)
    except ValueError as error:
        raise UsageError(f"{option}: {error}") from error
    if seconds <= 0:
        raise UsageError(f"{option} {text}: must be longer than nothing")
    return seconds


def spawn_rate_of(text: str | None) -> float | None:
    """Users started a second, from `--spawn-rate`, as a bare number or like `10/s`; `None` when nothing was said.

    Raises:
        UsageError: the text is no rate above nothing.
    """
    if text is None:
        return None
    try:
        rate = parse_rate(text if "/" in text else f"{text}/s")
    except ValueError as error:
        raise UsageError(f"--spawn-rate: {error}") from error
    if rate <= 0:
        raise UsageError(f"--spawn-rate {text}: must be more than nothing")
    return rate


def workers_of(arguments: argparse.Namespace) -> Workers:
    """The workers that the command line asks for. One local worker alone is this process itself.

    Raises:
        UsageError: it asks for what cannot be.
    """
    text, remote = getattr(arguments, "workers", None), getattr(arguments, "remote_workers", 0)
    if text not in (None, "auto") and not (text.isdigit() and int(text) > 0):
        raise UsageError(f"--workers {text}: neither a whole number from 1 nor `auto`")
    if remote < 0:
        raise UsageError(f"--remote-workers {remote}: must not be negative")
    local = cores() if text == "auto" else int(text or 0)
    if not remote:
        return Workers(local if local > 1 else 0, key=shared_key() or new_key())
    address, _, port = arguments.listen.rpartition(":")
    if not port.isdigit():
        raise UsageError(f"--listen {arguments.listen} is no address", hint="write it like *:5557")
    return Workers(local, remote, address or "*", int(port), _key_for(address or "*", arguments))


def _key_for(address: str, arguments: argparse.Namespace) -> str:
    """The key that workers from elsewhere must have.

    Raises:
        UsageError: everybody on the network could join, and nobody said that this is meant.
    """
    key = shared_key()
    if key or is_allowed(address, ()) or getattr(arguments, "without_key", False):
        return key
    raise UsageError(f"--listen {arguments.listen} lets everybody on the network send samples into this run", hint=HOW)


def web_of(arguments: argparse.Namespace) -> str | None:
    """Where Locust's web interface is to listen, as `host:port`; `None` for nowhere.

    Raises:
        UsageError: that is no address.
    """
    text: str | None = getattr(arguments, "web", None)
    if text is None:
        return None
    host, _, port = text.rpartition(":")
    if not port.isdigit():
        raise UsageError(f"--web {text} is no address", hint="write it like 127.0.0.1:8089")
    return f"{host or '127.0.0.1'}:{port}"


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def iterations_of(arguments: argparse.Namespace) -> int | None:
    """How many journeys may begin in all; `None` for no limit.

    Raises:
        UsageError: it is none at all.
    """
    count: int | None = getattr(arguments, "iterations", None)
    if count is not None and count < 1:
        raise UsageError(f"--iterations {count}: must be at least 1")
    return count


def more_of(arguments: argparse.Namespace) -> tuple[str, ...]:
    """Options for the journey files, checked here, before anything is started.

    Raises:
        UsageError: nobody knows one of them.
    """
    words = tuple(getattr(arguments, "more", ()))
    locust_options(words, "")
    return words
