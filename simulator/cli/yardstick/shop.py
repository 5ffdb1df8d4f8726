"""The shop's four steps: what a browser user's cost is measured with."""

from simulator import BrowserUser, expect, journey


class Yardstick(BrowserUser):
    """Buys a lamp."""

    @journey
    def buy(self, page):
        """From the first page to the order."""
        with self.step("open the shop"):
            page.goto("/")
            expect(page.get_by_role("heading", name="lamp")).to_be_visible()
        with self.step("find a lamp"):
            page.get_by_label("Search").fill("lamp")
            expect(page.get_by_text("products for “lamp”")).to_be_visible()
        with self.step("look at it"):
            page.get_by_role("list", name="Products").get_by_role("link", name="Pebble table lamp").click()
            expect(page.get_by_role("heading", name="Pebble table lamp")).to_be_visible()
        with self.step("pay"):
            page.get_by_role("button", name="Buy").click()
            expect(page.get_by_text("Thank you")).to_be_visible()
