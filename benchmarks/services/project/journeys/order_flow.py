"""The order flow, from the request to the last row that follows from it."""

from simulator import ApiUser, check, constant, journey


class Buyer(ApiUser):
    wait_time = constant(0.2)

    @journey(tags={"checkout"})
    def buy(self):
        with self.step("order"):
            order = self.data.order()
            self.created("order", order["ref"])  # before it is: then a run that is killed leaves nothing either
            since = self.now()
            answer = self.client.post("/api/orders", json=order)
            check(answer.status_code == 201, f"order refused: {answer.status_code}")
        with self.step("see the message"):
            paid = self.queue("paid").receive(order["ref"], within="10s", since=since)
            check(paid.body == order, f"{paid.body} was meant for somebody else than {order}")
        with self.step("see the event"):
            event = self.queue("events").receive(order["ref"], within="10s", since=since)
            check(event.body["ref"] == order["ref"], f"{event.body} was meant for somebody else than {order}")
        with self.step("see the rows"):
            self.db().eventually(
                "select o.state, p.amount from orders o join payments p using (ref) where o.ref = :ref",
                {"ref": order["ref"]}, rows=[{"state": "paid", "amount": order["amount"]}], within="10s", since=since,
                name="order and payment",
            )  # fmt: skip
