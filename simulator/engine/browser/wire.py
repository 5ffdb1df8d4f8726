"""What engine and browser host say to each other: msgpack arrays over a pair of sockets, the first item the kind.

To the host::

    run      id, user, number, journey, planned_s, phase
    cut      id                      the journey is to end now
    release  user, number            the user has ended
    phase    name
    stop     within_s                no new journeys; those under way may finish

From the host::

    ready                            the browser is up
    refused  message, hint, detail   it will never be
    ok       [[key, times_s, size]]  successes that began when they were meant to, by series
    sample   key, outcome, response_s, service_s, size
    back     key, response_s, service_s
    fail     key, class, message, evidence
    reading  metric, unit, value     a gauge of the host
    trace    trace                   a journey span by span, its beginning on the clock that all processes share
    begun    id                      otherwise the journey is given to the next host
    done     id                      everything of this journey has been said
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import msgpack

from simulator.engine.browser.locate import Browser
from simulator.plan.browser import BrowserOptions

MOST_MESSAGE_BYTES = 64_000_000

DEATHS = "browser_deaths"
"""The gauge of browsers, drivers and hosts that ended though nobody had asked them to; each is a reading of 1."""

SETTINGS = "SIMULATOR_BROWSER_SETTINGS"
"""The environment variable that brings the host its settings."""


@dataclass(frozen=True)
class Settings:
    """What the host is told when it is started.

    Attributes:
        browsers: user class → which browser.
        files: user class → journey file.
        hosts: user class → where it goes.
        options: user class → how it gets its browser.
    """

    browsers: dict[str, Browser] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    hosts: dict[str, str] = field(default_factory=dict)
    options: dict[str, BrowserOptions] = field(default_factory=dict)

    def to_plain(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Settings:
        """The settings that `to_plain` wrote."""
        browsers = {user: Browser(**browser) for user, browser in plain["browsers"].items()}
        options = {user: BrowserOptions.from_plain(said) for user, said in plain["options"].items()}
        return cls(browsers, plain["files"], plain["hosts"], options)


@dataclass(frozen=True)
class Order:
    """One journey to be run.

    Attributes:
        id: unique for a host.
        user: the user class.
        number: which of them.
        journey: its name.
        planned_s: when it was meant to begin, monotonic; `None` for now.
        phase: the phase in which it was meant to begin.
    """

    id: int
    user: str
    number: int
    journey: str
    planned_s: float | None
    phase: str

    def to_plain(self) -> list[Any]:
        """The message."""
        return ["run", self.id, self.user, self.number, self.journey, self.planned_s, self.phase]


def packed(message: list[Any]) -> bytes:
    """A message as bytes."""
    data = msgpack.packb(message, use_bin_type=True)
    assert isinstance(data, bytes)
    return data


class Incoming:
    """Bytes as they come, turned into messages."""

    def __init__(self) -> None:
        self._unpacker = msgpack.Unpacker(raw=False, max_buffer_size=MOST_MESSAGE_BYTES)

    def feed(self, data: bytes) -> Iterator[list[Any]]:
        """The messages that are complete with these bytes."""
        self._unpacker.feed(data)
        yield from self._unpacker
