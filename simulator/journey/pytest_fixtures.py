"""The fixtures of pytest-playwright, for tests that run as journeys: the browser behind them is the browser host's.

A plug-in of pytest, loaded in place of pytest-playwright. Names, scopes and markers are pytest-playwright's, so tests
and a project's own fixtures (`browser_context_args`, a logged-in `page` …) work unchanged.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import pytest

MARKERS = (
    "browser_context_args(**kwargs): options of this test's context",
    "only_browser(name): only in this browser",
    "skip_browser(name): not in this browser",
)


class World(Protocol):
    """What the browser host puts behind the fixtures."""

    base_url: str
    browser: Any
    playwright: Any
    engine: str

    def context(self, options: dict[str, Any]) -> Any:
        """The journey's context, with these options on top of the user's."""

    def page(self, context: Any) -> Any:
        """The journey's page, or a new one in a context that is not the journey's."""

    def step(self, name: str, **options: Any) -> Any:
        """A step of the journey."""

    @property
    def client(self) -> Any:
        """The user's HTTP client."""


WORLD = pytest.StashKey[World]()


def pytest_configure(config: pytest.Config) -> None:
    """Make the markers known."""
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)


@pytest.fixture(scope="session")
def simulator_world(pytestconfig: pytest.Config) -> World:
    """What is behind all other fixtures."""
    return pytestconfig.stash[WORLD]


@pytest.fixture(scope="session")
def base_url(simulator_world: World) -> str:
    """Where the run goes."""
    return simulator_world.base_url


@pytest.fixture(scope="session")
def playwright(simulator_world: World) -> Any:
    """Playwright."""
    return simulator_world.playwright


@pytest.fixture(scope="session")
def browser_name(simulator_world: World) -> str:
    """The engine."""
    return simulator_world.engine


@pytest.fixture(scope="session")
def browser_channel() -> None:
    """The browser is chosen by the run."""


@pytest.fixture(scope="session")
def is_chromium(browser_name: str) -> bool:
    """Whether it is Chromium."""
    return browser_name == "chromium"


@pytest.fixture(scope="session")
def is_firefox(browser_name: str) -> bool:
    """Whether it is Firefox."""
    return browser_name == "firefox"


@pytest.fixture(scope="session")
def is_webkit(browser_name: str) -> bool:
    """Whether it is WebKit."""
    return browser_name == "webkit"


@pytest.fixture(scope="session")
def browser_type(playwright: Any, browser_name: str) -> Any:
    """Playwright's browser type."""
    return getattr(playwright, browser_name)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """How the browser is started is the run's business; this is here to be overridden without effect."""
    return {}


@pytest.fixture(scope="session")
def connect_options() -> None:
    """Where the browser is, is the run's business."""


@pytest.fixture(scope="session")
def device() -> None:
    """The device is chosen by the run's `browser` options."""


@pytest.fixture(scope="session")
def launch_browser(simulator_world: World) -> Callable[..., Any]:
    """Returns the browser that runs already."""
    return lambda **options: simulator_world.browser


@pytest.fixture(scope="session")
def browser(simulator_world: World) -> Any:
    """The browser."""
    return simulator_world.browser


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    """Options of contexts besides the run's own; made to be overridden."""
    return {}


@pytest.fixture
def new_context(browser: Any, browser_context_args: dict[str, Any], simulator_world: World, request: Any) -> Any:
    """Makes more contexts; they are closed after the test."""
    made: list[Any] = []

    def make(**options: Any) -> Any:
        made.append(browser.new_context(**{"base_url": simulator_world.base_url, **browser_context_args, **options}))
        return made[-1]

    yield make
    for context in made:
        context.close()


@pytest.fixture
def context(simulator_world: World, browser_context_args: dict[str, Any], request: pytest.FixtureRequest) -> Any:
    """The journey's context."""
    marker = request.node.get_closest_marker("browser_context_args")
    return simulator_world.context({**browser_context_args, **(marker.kwargs if marker else {})})


@pytest.fixture
def page(simulator_world: World, context: Any) -> Any:
    """The journey's page."""
    return simulator_world.page(context)


@pytest.fixture
def step(simulator_world: World) -> Callable[..., Any]:
    """What makes steps; a test without any is one step."""
    return simulator_world.step


@pytest.fixture
def client(simulator_world: World) -> Any:
    """HTTP requests that share cookies with the page."""
    return simulator_world.client
