import os

from locust import HttpUser, constant, task

CASE = os.environ["CASE"]


class Asker(HttpUser):
    wait_time = constant(1.0 if CASE == "think" else 0)

    def on_start(self):
        self.client.verify = False

    if CASE == "journey":

        @task
        def buy(self):
            products = self.client.get("/api/products").json()
            assert len(products) == 34
            product = self.client.get("/api/products/7", name="/api/products/{id}").json()
            assert product["id"] == 7
            order = self.client.post("/api/orders", json={"product": product["id"], "count": 1})
            assert order.status_code == 200
            assert self.client.get("/api/orders/7", name="/api/orders/{id}").json()["id"] == 7

    else:

        @task
        def ask(self):
            response = self.client.get("/small")
            assert response.status_code == 200
