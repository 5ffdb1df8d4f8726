"""Two kinds of users of the same shop: one through the API, one in a real browser."""

from simulator import ApiUser, BrowserUser, between, check, expect, journey


class Shopper(ApiUser):
    """Buys through the HTTP API."""

    weight = 9
    wait_time = between(0.5, 1.5)

    @journey(tags={"checkout"})
    def buy_a_lamp(self):
        """Look for a lamp and buy the first one."""
        with self.step("find a lamp"):
            lamps = self.client.get("/api/products", params={"q": "lamp"}).json()
            check(lamps, "the shop has lamps")
        with self.step("pay"):
            order = self.client.post("/api/orders", json={"product": lamps[0]["id"]})
            check(order.status_code == 201, f"order refused: {order.status_code}")


class Visitor(BrowserUser):
    """Buys in a real browser. `page` is Playwright's own: what `playwright codegen` writes can be pasted in."""

    weight = 1
    wait_time = between(0.5, 1.5)

    @journey(tags={"checkout"})
    def buy_in_the_browser(self, page):
        """Open the shop, choose a product, buy it."""
        with self.step("open the shop"):
            page.goto("/")
        with self.step("look at a product"):
            page.get_by_role("link", name="lamp").first.click()
        with self.step("pay"):
            page.get_by_role("button", name="Buy").click()
            expect(page.get_by_text("Thank you")).to_be_visible()
