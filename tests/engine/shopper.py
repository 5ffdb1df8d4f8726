"""A journey file, and loads of a single phase."""

from __future__ import annotations

from collections import Counter
from typing import Any

SHOP = """
from simulator import ApiUser, check, constant, journey

class Shopper(ApiUser):
    wait_time = constant(0.01)

    @journey(weight=3)
    def buy(self):
        with self.step("find"):
            found = self.client.get("/products", params={"q": "lamp"}).json()
            check(found["id"] == 7, "it is number seven")
        with self.step("pay"):
            self.client.post("/orders/12", json={"a": 1})

    @journey
    def look(self):
        self.client.get("/products/5")
"""


def one_phase(duration_s: float | None = 1.0, **phase: Any) -> dict:
    """A load of a single phase; `stop_within_s`, `max_users` and `seed` go beside it."""
    beside = {name: phase.pop(name) for name in ("stop_within_s", "max_users", "seed") if name in phase}
    return {"phases": [{"name": "steady", "duration_s": duration_s, **phase}], **beside}


def counted(told) -> Counter:
    counts = Counter()
    for series in told.series():
        path = series["name"].replace("/orders/{id}", "/orders/12").replace("/products/{id}", "/products/5")
        counts[path] += series["ok"] + series["failed"]
    return counts
