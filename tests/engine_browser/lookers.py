"""Journeys of users with options of their own; the browser host imports this file, the tests never do."""

import json

from simulator import BrowserUser, check, expect, journey

COMPARED = """async () => {
  const count = () => { let n = 0; const t = performance.now(); while (performance.now() - t < 30) n++; return n };
  const code = `const count = ${count}; onmessage = () => postMessage(count())`;
  const worker = new Worker(URL.createObjectURL(new Blob([code])));
  const ask = () => new Promise(done => { worker.onmessage = said => done(said.data); worker.postMessage(0) });
  await ask();
  let own = 0, workers = 0;
  for (let turn = 0; turn < 12; turn++) { own += count(); workers += await ask() }
  return [own, workers];
}"""
"""How far the page counts, and a worker of it, in turns: whatever else the machine does slows both."""


class Guest(BrowserUser):
    """What all of these users can do."""

    abstract = True

    @journey
    def leave_traces(self, page):
        page.goto("/cookie")
        page.goto("/stores")
        expect(page.get_by_role("heading")).to_be_visible()
        page.goto("/loads")
        expect(page.get_by_text("loaded")).to_be_visible()

    @journey
    def find_traces(self, page):
        check(page.url == "about:blank", f"the page shows {page.url}")
        page.goto("/pages/1")
        found = page.evaluate(
            "async () => [document.cookie, localStorage.length, sessionStorage.length, (await caches.keys()).length,"
            " history.length]"
        )
        check(found in (["", 0, 0, 0, 1], ["", 0, 0, 0, 2]), f"there is {found}")
        page.goto("/loads")
        expect(page.get_by_text("loaded")).to_be_visible()

    @journey
    def litter(self, page):
        page.goto("/pages/1")
        page.evaluate("() => { window.litter = Array.from({length: 500_000}, (_, number) => ({number})); }")

    @journey
    def look_for_litter(self, page):
        used = page.context.new_cdp_session(page).send("Runtime.getHeapUsage")["usedSize"]
        check(used < 8_000_000, f"scripts hold {used} bytes")

    @journey
    def meddle(self, page):
        page.add_init_script("window.meddled = true")
        page.on("dialog", lambda dialog: dialog.dismiss())
        page.goto("/")

    @journey
    def be_meddled_with(self, page):
        page.goto("/")
        check(page.evaluate("() => window.meddled === undefined"), "nobody meddled")

    @journey
    def come_back(self, page):
        page.goto("/pages/1")
        before = page.evaluate("() => localStorage.visits || '0'")
        page.evaluate("visits => { localStorage.visits = visits }", str(int(before) + 1))
        check(before == str(self.visits), f"{before} visits are remembered instead of {self.visits}")
        self.visits += 1

    def on_start(self):
        self.visits = 0

    @journey
    def look(self, page):
        page.goto("/pages/1")
        self.seen = page.evaluate(
            "() => ({language: navigator.language, width: screen.width, touch: navigator.maxTouchPoints > 0,"
            " zone: Intl.DateTimeFormat().resolvedOptions().timeZone,"
            " dark: matchMedia('(prefers-color-scheme: dark)').matches})"
        )
        page.goto("/headers")
        self.seen["custom"] = json.loads(page.locator("pre").inner_text()).get("X-Custom")
        raise AssertionError(json.dumps(self.seen))

    @journey
    def be_private(self, page):
        with self.step("see"):
            page.goto("/private")
            expect(page.get_by_role("heading", name="/private")).to_be_visible()
        with self.step("ask"):
            check(self.client.get("/private").status_code == 200, "the client is known as well")

    @journey
    def load(self, page):
        with self.step("open"):
            page.goto("/loads")
            expect(page.get_by_text("loaded")).to_be_visible()

    @journey
    def read_slowly(self, page):
        with self.step("open"):
            page.goto("/pages/1")
        took_ms = page.evaluate("async () => { const t = performance.now(); await fetch('/who');"
                                " return performance.now() - t }")  # fmt: skip
        check(took_ms > 300, f"a request took {took_ms:.0f} ms on a line with 300 ms of latency")

    @journey
    def fetch_much(self, page):
        page.goto("/pages/1")
        took_ms = page.evaluate("async () => { const t = performance.now(); await (await fetch('/big')).text();"
                                " return performance.now() - t }")  # fmt: skip
        check(took_ms > 900, f"60 kB took {took_ms:.0f} ms at 60 kB/s")

    @journey
    def compute(self, page):
        page.goto("/pages/1")
        own, workers = page.evaluate(COMPARED)
        raise AssertionError(f"{own / workers:.2f} of what a worker of the page computes")

    @journey
    def go_through_a_proxy(self, page):
        page.goto("http://shop.example.invalid/pages/1")
        expect(page.get_by_role("heading", name="shop.example.invalid/pages/1")).to_be_visible()

    @journey
    def know_what_was_kept(self, page):
        page.goto("/pages/1")
        check(page.evaluate("() => localStorage.a") == "kept", "the storage is as it was")

    @journey
    def go_abroad(self, page):
        with self.step("open"):
            page.goto("/pages/1")
            page.evaluate(
                "there => new Promise(done => { const image = new Image(); image.onload = image.onerror = done;"
                " image.src = there })", f"{self.abroad}/picture.png",
            )  # fmt: skip
        with self.step("stay"):
            page.goto("/pages/2")

    @property
    def abroad(self):
        return self.host.replace("127.0.0.1", "localhost")

    @journey
    def follow_a_route(self, page):
        page.goto("/pages/1")
        found = page.evaluate("() => fetch('http://pay.example.invalid/who').then(answer => answer.json())")
        check("cookie" in found, f"{found} came")
        page.goto("http://pay.example.invalid/pages/2")  # no allowed host, but nobody goes there
        expect(page.get_by_role("heading", name="/pages/2")).to_be_visible()

    @journey
    def know_who(self, page):
        page.goto("/who")
        check("visitor=17" in page.locator("pre").inner_text(), "the page is logged in")


class Fresh(Guest):
    pass


class Reset(Guest):
    pass


class Acquainted(Guest):
    pass


class Littering(Guest):
    pass


class Returning(Guest):
    pass


class Owner(Guest):
    pass


class Foreigner(Guest):
    pass


class Member(Guest):
    pass


class Slow(Guest):
    pass


class Blocking(Guest):
    pass


class Avoiding(Guest):
    pass


class Secluded(Guest):
    pass


class Strict(Guest):
    pass


class Rerouted(Guest):
    pass


class Traced(Guest):
    pass


class Narrow(Guest):
    pass


class Hindered(Guest):
    pass


class Proxied(Guest):
    pass


class Known(Guest):
    pass


class Remembered(Guest):
    pass


class LoggedIn(Guest):
    def on_start(self):
        self.client.get("/cookie")
