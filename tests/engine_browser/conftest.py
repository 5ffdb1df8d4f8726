"""A site and a browser host."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from simulator.engine.browser import find_browser
from simulator.errors import BringUpError
from tests.engine_browser.browser_run import Run
from tests.engine_browser.browser_site import Site

collect_ignore = ["project"]  # tests of a project of its own, which are run as journeys


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session", autouse=True)
def _browser() -> None:
    try:
        find_browser()
    except BringUpError as error:
        pytest.skip(f"no browser here: {error.hint}")


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


@pytest.fixture(scope="session")
def shared(site: Site) -> Iterator[Run]:
    """A host for tests that leave it as it was."""
    run = Run(site.url).start()
    yield run
    run.host.stop(0)


@pytest.fixture
def run(shared: Run) -> Run:
    shared.look()
    return shared


@pytest.fixture
def own_run(site: Site) -> Iterator[Callable[..., Run]]:
    """Makes hosts of a test's own."""
    runs: list[Run] = []

    def make(*args: object, **options: object) -> Run:
        runs.append(Run(site.url, *args, **options))
        return runs[-1]

    yield make
    for run in runs:
        run.host.stop(0)
