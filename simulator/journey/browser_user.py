"""A simulated person in front of a real browser."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from simulator.journey.person import Person
from simulator.journey.think import constant
from simulator.journey.track import Track

if TYPE_CHECKING:
    from simulator.journey.browser_client import BrowserClient


class BrowserUser(Person):
    """Acts in a real browser; journeys get Playwright's `page`. Lives in the browser host, which has no Locust.

    Attributes:
        weight: share among the users without a count of their own.
        fixed_count: exactly so many of this class; 0 for "by weight".
        wait_time: think time between journeys, such as `between(1, 3)`.
        host: where it goes, `https://shop.example`; `None` for the run's host.
        browser: how it gets its browser, in the words of `browser:` in simulator.yaml: `{"device": "iPhone 15"}`.
        storage_state: what its contexts begin with, a file or the state itself; `None` for nothing. What `on_start` did
            through `self.client` counts as well.
        client: its HTTP client, which shares cookies with the page.
        number: unique among the users of a run, from 0.
    """

    simulator_kind: ClassVar[str] = "browser"
    abstract: ClassVar[bool] = True
    weight: float = 1
    fixed_count: int = 0
    host: str | None = None
    wait_time: Any = constant(0)
    browser: ClassVar[Mapping[str, Any]] = {}
    storage_state: Any = None
    client: BrowserClient

    def __init__(self, number: int, track: Track, host: str | None = None) -> None:
        self.number = number
        self.track = track
        self.host = host or type(self).host
        self.log = logging.getLogger(f"simulator.user.{type(self).__name__}")

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.abstract = bool(vars(cls).get("abstract", False))

    def on_start(self) -> None:
        """Called once before the user's first journey."""

    def on_stop(self) -> None:
        """Called once after the user's last journey."""
