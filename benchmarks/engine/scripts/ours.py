import os

from simulator import ApiUser, check, constant, journey

CASE = os.environ["CASE"]
BESIDE = [host for host in os.environ.get("BESIDE", "").split(",") if host]
"""Of each worker, the server that shares its core; empty where all ask the same one."""


class Asker(ApiUser):
    wait_time = constant(1.0 if CASE == "think" else 0)

    def on_start(self):
        self.client.verify = False
        if BESIDE:
            os.sched_setaffinity(0, {self.surroundings.index})
            self.client.base_url = BESIDE[self.surroundings.index]

    if CASE == "journey":

        @journey
        def buy(self):
            with self.step("find"):
                products = self.client.get("/api/products").json()
                check(len(products) == 34, "all products")
                product = self.client.get("/api/products/7").json()
                check(product["id"] == 7, "the lamp")
            with self.step("pay"):
                order = self.client.post("/api/orders", json={"product": product["id"], "count": 1})
                check(order.status_code == 200, "ordered")
                check(self.client.get("/api/orders/7").json()["id"] == 7, "it is there")

    elif CASE == "series":

        @journey
        def ask_for_everything(self):
            for number in range(50):
                self.client.get("/small", name=f"number {number}")

    else:

        @journey
        def ask(self):
            response = self.client.get("/small")
            check(response.status_code == 200, "it answers")
