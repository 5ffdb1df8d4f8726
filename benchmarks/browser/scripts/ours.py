"""The shop's four steps. All tools wait with `wait_for`: Artillery has no `expect`, which costs some 5% more."""

import os

from simulator import BrowserUser, constant, journey


class Visitor(BrowserUser):
    wait_time = constant(float(os.environ.get("THINK", "0")))
    browser = {
        "context": os.environ.get("CONTEXT", "fresh"),
        "cache": os.environ.get("CACHE", "keep"),
        "timeout": "30s",  # that of the others; whoever is held still for long comes late
    }

    @journey
    def buy(self, page):
        with self.step("open the shop"):
            page.goto("/")
            page.get_by_role("heading", name="lamp").first.wait_for()
        with self.step("find a lamp"):
            page.get_by_label("Search").fill("lamp")
            page.get_by_text("products for “lamp”").wait_for()
        with self.step("look at it"):
            page.get_by_role("list", name="Products").get_by_role("link", name="Pebble table lamp").click()
            page.get_by_role("heading", name="Pebble table lamp").wait_for()
        with self.step("pay"):
            page.get_by_role("button", name="Buy").click()
            page.get_by_text("Thank you").wait_for()
