"""Journeys of the tests; the browser host imports this file, the tests never do."""

import sys
import time

from simulator import ApiUser, BrowserUser, check, expect, journey


class Shopper(ApiUser):
    """Must import in the browser host, where there is no Locust."""

    @journey
    def shop(self):
        self.client.get("/")


class Visitor(BrowserUser):
    def on_start(self):
        self.started = True

    def on_stop(self):
        print(f"user {self.number} left", flush=True)

    @journey
    def read(self, page):
        with self.step("open"):
            page.goto("/")
        with self.step("go on"):
            page.get_by_text("next").click()
            expect(page.get_by_role("heading", name="/pages/17")).to_be_visible()

    @journey
    def look_around(self, page):
        check(self.started, "on_start came first")
        check("gevent" not in sys.modules and "locust" not in sys.modules, "this process knows nothing of gevent")
        check(page.viewport_size == {"width": 1280, "height": 720}, "the window has its size")
        check(not page.context.cookies(), "the context is fresh")

    @journey
    def leave_a_cookie(self, page):
        page.goto("/cookie")
        check(page.context.cookies(), "a cookie was set")

    @journey
    def expect_too_much(self, page):
        with self.step("open"):
            page.goto("/talks")
        with self.step("look"):
            expect(page.get_by_text("nowhere")).to_be_visible(timeout=300)
        with self.step("never reached"):
            page.goto("/")

    @journey
    def click_nothing(self, page):
        with self.step("open"):
            page.goto("/")
        with self.step("click"):
            page.get_by_role("button", name="none").click(timeout=300)

    @journey
    def miss(self, page):
        with self.step("open what is not there"):
            page.goto("/missing")
        with self.step("never reached"):
            page.goto("/")

    @journey
    def stumble(self, page):
        with self.step("stumble"):
            page.goto("/")
            {}["lamp"]

    @journey
    def refuse(self, page):
        with self.step("open"):
            page.goto("http://127.0.0.1:9")

    @journey
    def throw(self, page):
        with self.step("open"):
            page.goto("/throws")
            expect(page.get_by_text("thrown")).to_be_visible()

    @journey
    def shift(self, page):
        with self.step("open"):
            page.goto("/shift")
            expect(page.locator("body.moved")).to_be_visible()

    @journey
    def press(self, page):
        with self.step("press"):
            page.goto("/button")
            page.get_by_role("button").click()
            expect(page.get_by_text("pressed and painted")).to_be_visible()

    @journey
    def meet(self, page):
        with self.step("meet"):
            page.goto("/meet")

    @journey
    def sleep_together(self, page):
        with self.step("sleep"):
            page.goto("/before-sleep")
            while not page.evaluate("() => fetch('/both-asleep').then(answer => answer.json())"):
                time.sleep(0.05)

    @journey
    def block(self, page):
        with self.step("compute"):
            end_s = time.monotonic() + 1.3
            while time.monotonic() < end_s:
                pass

    @journey
    def wait(self, page):
        with self.step("open"):
            page.goto("/")
        with self.step("wait"):
            page.goto("/never", timeout=120_000)

    @journey
    def be_pestered(self, page):
        page.goto("/alerts")
        expect(page.get_by_text("alerted")).to_be_visible()
        with page.expect_popup() as popup:
            page.get_by_role("button").click()
        expect(popup.value.get_by_role("heading", name="/pages/2")).to_be_visible()
        with page.expect_download() as download:
            page.get_by_role("link", name="get").click()
        check(download.value.suggested_filename == "file.bin", "a file came")

    @journey
    def poll(self, page):
        page.goto("/polls")
        expect(page.get_by_text("polling")).to_be_visible()

    @journey
    def spin(self, page):
        with self.step("open"):
            page.goto("/spins", wait_until="commit")
        with self.step("touch"):
            page.get_by_role("heading").click(timeout=1000)

    @journey
    def spin_for_ever(self, page):
        page.goto("/spins", wait_until="commit")
        page.evaluate("() => 1")

    @journey
    def feed_a_page(self, page):
        with self.step("open"):
            page.goto("/eats", wait_until="commit")
        with self.step("wait"):
            page.wait_for_function("() => false", timeout=60_000)

    @journey
    def crash(self, page):
        with self.step("open"):
            page.goto("/")
        with self.step("crash"):
            page.goto("chrome://crash")

    @journey
    def complain(self, page):
        page.goto("/complains")
        expect(page.get_by_text("complained")).to_be_visible()
        page.goto("/pages/1")

    @journey
    def be_busy(self, page):
        page.goto("/busy")
        expect(page.get_by_text("was busy")).to_be_visible()

    @journey
    def look_inside(self, page):
        page.goto("/framed")
        expect(page.get_by_text("framed")).to_be_visible()

    @journey
    def wander(self, page):
        for number in range(25):
            page.goto(f"/pages/{number}")

    @journey
    def use_a_window(self, page):
        page.goto("/")
        with page.expect_popup() as opened:
            page.evaluate("() => { window.open('/pages/17') }")
        opened.value.goto("/button")
        opened.value.goto("/talks")
        opened.value.close()

    @journey
    def notice_nothing(self, page):
        heard = []
        page.on("console", lambda message: heard.append(message))
        page.goto("/")
        page.goto("/pages/17")
        check(page.evaluate("() => sessionStorage.length") == 0, "nobody writes into the page's storage")
        check(not heard, "nobody writes into the page's console")

    @journey
    def go_abroad(self, page):
        page.goto("/button")
        page.get_by_role("button").click()
        expect(page.get_by_text("pressed and painted")).to_be_visible()
        page.goto(self.host.replace("127.0.0.1", "localhost") + "/pages/7")

    @journey
    def listen_badly(self, page):
        def listener(request):
            raise KeyError("in a listener")

        page.on("request", listener)
        page.goto("/")

    @journey
    def both(self, page):
        with self.step("log in"):
            page.goto("/cookie")
            answer = self.client.get("/who", params={"a": 1}).json()
            check(answer["cookie"] == "visitor=17", "page and client share cookies")
        with self.step("order"):
            self.client.post("/orders/17", json={"product": 3})

    @journey
    def order_in_vain(self, page):
        with self.step("order"):
            page.goto("/")
            self.client.post("/missing", json={"password": "secret"})
