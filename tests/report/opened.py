"""Pages as a real Chromium sees them, and everything they do that a report must not do."""

from importlib.resources import files

SIZES = {"desktop": (1280, 800), "phone": (390, 844)}
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
EVIL = "</script><script>alert(1)</script><img src=http://127.0.0.1:9/x onerror=alert(2)>\u202e\x00{{ 7 * 7 }}"
EVIL += "u" * 5000


class Opened:
    """A page in a browser, with everything it did that a report must not do."""

    def __init__(self, browser, file, size):
        self.requests, self.noise = [], []
        width, height = SIZES[size]
        self.context = browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
        self.page = self.context.new_page()
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.noise.append(message.text))
        self.page.on("pageerror", lambda error: self.noise.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.noise.append(dialog.message), dialog.dismiss()))
        self.page.goto(file.as_uri())

    def outside(self):
        return [url for url in self.requests[1:] if not url.startswith("data:")]


def grave_findings(page):
    """What axe-core finds serious or critical."""
    page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [
        f"{row['id']}: {row['nodes'][0]['html'][:150]}" for row in found if row["impact"] in ("serious", "critical")
    ]
