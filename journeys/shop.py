"""Journeys through the demo shop: most users through its API, some in a real browser."""

import random

from simulator import ApiUser, BrowserUser, between, check, expect, journey


class Shopper(ApiUser):
    """Shops through the HTTP API."""

    weight = 9
    wait_time = between(0.5, 1.5)

    @journey(weight=4, tags={"catalogue"})
    def browse(self):
        """Looks around: a category, and one product of it."""
        category = random.choice(["chairs", "tables", "shelves", "rugs"])
        with self.step("open a category"):
            products = self.client.get("/api/products", params={"category": category}).json()
            check(products, f"there are {category}")
        with self.step("look at it"):
            product = self.look_at(random.choice(products))
            check(product["category"] == category, f"{product['name']} belongs to {category}")

    @journey(weight=3, tags={"checkout", "critical"})
    def buy_a_lamp(self):
        """Buys one lamp at once, as a guest may."""
        with self.step("find a lamp"):
            lamps = self.client.get("/api/products", params={"q": "lamp"}).json()
            check(lamps, "the shop has lamps")
        with self.step("look at it"):
            lamp = self.look_at(random.choice(lamps))
        with self.step("pay"):
            order = self.client.post("/api/orders", json={"product": lamp["id"]})
            check(order.status_code == 201, f"order refused: {order.status_code} {order.headers.get('X-Request-Id')}")
            check(order.json()["amount_cents"] == lamp["price_cents"], "the order costs what the lamp costs")

    @journey(weight=1, tags={"checkout", "member"})
    def member(self):
        """Logs in as a user of its own, buys what is in the cart, and finds the order again."""
        with self.step("log in"):
            self.client.post("/api/login", json={"user": f"user-{self.number}", "password": "secret"})
        with self.step("fill the cart"):
            for product in random.sample(range(1, 11), k=2):
                cart = self.client.post("/api/cart/items", json={"product": product, "quantity": 1}).json()
            check(len(cart["items"]) == 2, "the cart holds two products")
        with self.step("pay"):
            order = self.client.post("/api/orders", json={"card": "4242424242424242"})
            check(order.status_code == 201, f"order refused: {order.status_code}")
            check(order.json()["amount_cents"] == cart["total_cents"], "the order costs what the cart costs")
        with self.step("find the order"):
            orders = self.client.get("/api/orders").json()
            check(order.json() in orders, "the order is among the user's orders")
        with self.step("log out"):
            self.client.post("/api/logout")

    def look_at(self, product):
        """Returns the product's details; all products count as one request."""
        return self.client.get(f"/api/products/{product['id']}", name="/api/products/{id}").json()


class Visitor(BrowserUser):
    """Shops in a real browser."""

    weight = 1
    wait_time = between(0.5, 1.5)

    @journey(tags={"checkout"})
    def buy_in_the_browser(self, page):
        """Searches as one types, opens the product and buys it."""
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
