"""A browser user as it lives in the host."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.engine.browser.track import BrowserTrack
from simulator.errors import BringUpError
from simulator.journey.browser_client import BrowserClient
from simulator.journey.browser_user import BrowserUser
from simulator.journey.mark import JourneyMark, journeys_of
from simulator.journey.perform import prepare
from simulator.journey.place import Map
from simulator.plan.browser import BrowserOptions
from simulator.plan.journey_file import import_file
from simulator.plan.pytest_file import is_test_file

if TYPE_CHECKING:
    from playwright.sync_api import APIRequestContext, Playwright

    from simulator.engine.browser.room import Room


class Actor:
    """One user: the author's object, where it is on its way, and where it goes.

    Args:
        cls: the author's class.
        number: which of its users.
        places: those of the host.
        base_url: where it goes.
        options: how it gets its browser.

    Attributes:
        name: the class's name.
        room: where it stays between journeys; `None` when it keeps nothing.
        more: options of its contexts that its tests ask for.
        state: what its contexts begin with; `None` for nothing.
    """

    def __init__(
        self, cls: type[BrowserUser], number: int, places: Map, base_url: str, options: BrowserOptions
    ) -> None:
        self.name = cls.__name__
        self.number = number
        self.track = BrowserTrack(places, cls.__name__)
        self.user = cls(number, self.track, base_url)
        self.user.__dict__["step"] = self.track.step  # here, a step is an operation by itself
        self.base_url = base_url
        self.options = options
        self.room: Room | None = None
        self.more: dict[str, Any] = {}
        self.state: Any = options.storage_state
        self.journeys: dict[str, JourneyMark] = journeys_of(cls)

    @property
    def runs_tests(self) -> bool:
        """Whether its journeys are tests of pytest-playwright."""
        return hasattr(type(self.user), "run_test")

    def start(self, playwright: Playwright) -> None:
        """`on_start`: who logs in there through `self.client` begins each journey with the cookies that came of it."""
        errand = self._on_errand(playwright)
        try:
            prepare(self.track, "on_start", self.user.on_start)
            self.state = errand.state() or self.user.storage_state or self.state
        finally:
            errand.end()

    def leave(self, playwright: Playwright) -> None:
        """`on_stop`."""
        errand = self._on_errand(playwright)
        try:
            prepare(self.track, "on_stop", self.user.on_stop)
        finally:
            errand.end()

    def _on_errand(self, playwright: Playwright) -> _Errand:
        """A client for where there is no page."""
        errand = _Errand(playwright, self)
        client = BrowserClient(errand, self.track, self.base_url)
        client.allowed_hosts = self.options.allowed_hosts
        vars(self.user)["client"] = client
        return errand


class _Errand:
    """Requests outside of any page; nothing is made before the first is sent."""

    def __init__(self, playwright: Playwright, actor: Actor) -> None:
        self._playwright = playwright
        self._actor = actor
        self._context: APIRequestContext | None = None

    def fetch(self, url: str, **options: Any) -> Any:
        """As Playwright's."""
        if self._context is None:
            said = self._actor.options
            known = {
                "extra_http_headers": dict(said.headers),
                "ignore_https_errors": said.ignore_https_errors,
                "storage_state": self._actor.state,
                "http_credentials": None
                if said.credentials is None
                else {"username": said.credentials[0], "password": said.credentials[1]},
                "proxy": {"server": said.proxy} if said.proxy else None,
            }
            self._context = self._playwright.request.new_context(
                base_url=self._actor.base_url, **{name: value for name, value in known.items() if value}
            )
        return self._context.fetch(url, **options)

    def storage_state(self) -> Any:
        """As Playwright's."""
        return self._context.storage_state() if self._context is not None else {"cookies": [], "origins": []}

    def state(self) -> Any:
        """What the requests left behind; `None` for nothing."""
        state = self.storage_state()
        return state if state["cookies"] or state["origins"] else None

    def end(self) -> None:
        """No more requests."""
        if self._context is not None:
            self._context.dispose()


def user_classes(files: dict[str, str]) -> dict[str, type[BrowserUser]]:
    """The browser user classes of journey files, by name.

    Args:
        files: name of the class → journey file.

    Raises:
        BringUpError: a file cannot be imported here, or the class is not in it.
    """
    found = {}
    for name, file in files.items():
        if is_test_file(Path(file)):
            from simulator.engine.browser.pytest_session import class_of_tests  # pytest is needed for this alone

            found[name] = class_of_tests(Path(file))
            continue
        module = import_file(Path(file))
        classes = [cls for cls in vars(module).values() if isinstance(cls, type) and cls.__name__ == name]
        if not classes or not issubclass(classes[0], BrowserUser):
            raise BringUpError(f"{file} has no browser user {name} in the browser host's process")
        found[name] = classes[0]
    return found
