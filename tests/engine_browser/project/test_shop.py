"""Tests as pytest-playwright's users write them; here they run as journeys, never in this project's own suite."""

import re

import pytest
from conftest import LOG
from playwright.sync_api import Page, expect


def test_reads(page: Page, base_url: str):
    """Opens a page and goes on."""
    page.goto("/")
    page.get_by_text("next").click()
    expect(page).to_have_url(re.compile(base_url + "/pages/17"))
    assert page.evaluate("() => navigator.language") == "fr-FR"


@pytest.mark.smoke
@pytest.mark.parametrize("number", [1, 2])
def test_numbers(page, once, number):
    page.goto(f"{once}/pages/{number}")
    assert LOG.count("once") == 1, "a session's fixtures live as long as the user"


class TestMember:
    def test_is_known(self, logged_in, context):
        assert context.cookies()
        logged_in.goto("/pages/3")

    def test_fails(self, logged_in):
        expect(logged_in.get_by_text("nowhere")).to_be_visible(timeout=200)

    def test_was_logged_out(self, page):
        assert LOG.count("logged in") == LOG.count("logged out")


def test_has_steps(page, step, client):
    with step("open"):
        page.goto("/cookie")
    with step("ask"):
        assert client.get("/who").json()["cookie"] == "visitor=17"


def test_skips(page):
    pytest.skip("not today")


@pytest.mark.xfail(reason="known")
def test_known_to_fail(page):
    raise ValueError("known")


@pytest.mark.skip(reason="never")
def test_never(page):
    raise AssertionError


def test_needs_no_browser():
    raise AssertionError
