"""The browser users of the selftest."""

from simulator import BrowserUser, constant, journey


class Looker(BrowserUser):
    """Opens a page that the server holds back for a known time."""

    wait_time = constant(0.2)

    @journey
    def look(self, page):
        with self.step("look"):
            page.goto("/page/300")
