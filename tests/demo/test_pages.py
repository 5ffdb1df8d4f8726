import re

import pytest

WATCH_SHIFTS = """
window.shifted = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
}).observe({type: "layout-shift", buffered: true});
"""


@pytest.fixture
def open_page(browser):
    """Opens pages of a shop in a fresh context, and keeps what goes wrong in them."""
    contexts = []

    def opened(service):
        contexts.append(browser.new_context(base_url=service.url))
        page = contexts[-1].new_page()
        page.wrong = []
        page.on("console", lambda message: message.type == "error" and page.wrong.append(message.text))
        page.on("pageerror", lambda error: page.wrong.append(str(error)))
        page.on("requestfailed", lambda request: "ABORTED" in request.failure or page.wrong.append(request.url))
        page.on("request", lambda request: request.url.startswith(service.url) or page.wrong.append(request.url))
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.browser
def test_a_lamp_is_searched_and_bought_without_a_console_error(shop, open_page):
    from playwright.sync_api import expect

    page = open_page(shop)
    page.goto("/")
    page.get_by_label("Search").fill("lamp")
    expect(page.get_by_text("10 products for “lamp”")).to_be_visible()
    page.get_by_role("list", name="Products").get_by_role("link", name="Pebble table lamp").click()
    expect(page.get_by_role("heading", name="Pebble table lamp")).to_be_visible()
    page.get_by_role("button", name="Buy").click()
    expect(page.get_by_text("Thank you")).to_be_visible()
    page.get_by_role("status").get_by_role("link").click()
    expect(page.get_by_role("heading", name=re.compile("Order [0-9A-F]{12}"))).to_be_visible()
    assert page.wrong == []


@pytest.mark.browser
def test_a_member_logs_in_and_checks_out_in_the_browser(shop, open_page):
    from playwright.sync_api import expect

    page = open_page(shop)
    page.goto("/orders")
    page.get_by_label("User").fill("jo")
    page.get_by_label("Password").fill("secret")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Your orders")).to_be_visible()
    page.goto("/")
    page.get_by_role("button", name="Add Fjord desk lamp to cart").click()
    expect(page.get_by_role("link", name="Cart 1")).to_be_visible()
    page.get_by_role("link", name="Cart").click()
    page.get_by_role("link", name="Checkout").click()
    page.get_by_role("button", name="Pay").click()
    expect(page.get_by_text("Thank you")).to_be_visible()
    page.get_by_role("link", name="Orders").click()
    expect(page.get_by_role("cell", name="paid")).to_be_visible()
    assert page.wrong == []


@pytest.mark.browser
def test_the_whole_catalogue_can_be_shown(shop, open_page):
    from playwright.sync_api import expect

    page = open_page(shop)
    page.goto("/?category=lamps")
    expect(page.get_by_role("link", name="Show more")).to_be_hidden()
    page.goto("/")
    for shown in (12, 24, 36, 48):
        expect(page.get_by_role("list", name="Products").get_by_role("listitem")).to_have_count(shown)
        page.get_by_role("link", name="Show more").click()
    expect(page.get_by_role("list", name="Products").get_by_role("listitem")).to_have_count(60)
    expect(page.get_by_role("link", name="Show more")).to_be_hidden()
    assert page.wrong == []


@pytest.mark.browser
def test_the_flaws_of_a_worse_build_show_in_the_browser_and_not_in_the_good_one(shop, serve, open_page):
    worse = open_page(serve(breaks=["layout-shift", "console-error"]))
    worse.add_init_script(WATCH_SHIFTS)
    worse.goto("/")
    worse.wait_for_function("window.shifted > 0.25")
    assert worse.wrong == ["the tracker of this build is broken"]
    good = open_page(shop)
    good.add_init_script(WATCH_SHIFTS)
    good.goto("/", wait_until="networkidle")
    assert good.evaluate("window.shifted") < 0.01
    assert good.wrong == []


def test_a_page_that_is_not_there_is_shown_as_a_page(shop):
    for path in ("/products/99", "/orders/NONE"):
        answer = shop.get(path)
        assert answer.status_code == 404
        assert "That did not work" in answer.text


def test_what_is_searched_for_is_shown_as_text(shop):
    assert "<b>lamp" not in shop.get("/", params={"q": "<b>lamp"}).text
