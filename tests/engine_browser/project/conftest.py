"""A project's own fixtures, as one finds them around pytest-playwright."""

import pytest

LOG = []


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {**browser_context_args, "locale": "fr-FR"}


@pytest.fixture
def logged_in(page):
    page.goto("/cookie")
    LOG.append("logged in")
    yield page
    LOG.append("logged out")


@pytest.fixture(scope="session")
def once(base_url):
    LOG.append("once")
    return base_url
