"""The shop's four steps, and one small request beside."""

import os

from benchmarks.browser.scripts import ours
from simulator import ApiUser, BrowserUser, constant, journey


class Visitor(BrowserUser):
    wait_time = constant(0.3)
    buy = ours.Visitor.buy


class Ping(ApiUser):
    @journey
    def ping(self):
        self.client.get(os.environ["PING"], name="/small")
