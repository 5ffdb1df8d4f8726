"""What the fixtures of a test find behind them: the journey's page and context, in the host's browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.engine.browser.actor import Actor
from simulator.engine.browser.lodging import Lodging
from simulator.engine.browser.session import Session

if TYPE_CHECKING:
    from playwright.sync_api import Playwright


class TestWorld:
    """See `simulator.journey.pytest_fixtures.World`.

    Args:
        playwright: the driver.
        actor: the user.
        lodging: makes rooms.

    Attributes:
        session: the present journey; set before each.
    """

    session: Session

    __test__ = False

    def __init__(self, playwright: Playwright, actor: Actor, lodging: Lodging) -> None:
        self.playwright = playwright
        self.base_url = actor.base_url
        self.engine = actor.options.engine
        self.step = actor.track.step
        self._actor = actor
        self._lodging = lodging

    @property
    def browser(self) -> Any:
        """The browser that the journey is in."""
        return self.session.room.running.handle

    @property
    def client(self) -> Any:
        """The user's HTTP client."""
        return vars(self._actor.user)["client"]

    def context(self, options: dict[str, Any]) -> Any:
        """The journey's context; another one when these options are not those that it has."""
        if options != self._actor.more:
            self.session.move(self._lodging.change(self._actor, self.session.room, options), self._actor.user)
        return self.session.room.context

    def page(self, context: Any) -> Any:
        """The journey's page, or a new one in a context that is not the journey's."""
        room = self.session.room
        return room.page if context is room.context else context.new_page()
