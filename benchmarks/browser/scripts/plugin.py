"""The shop's four steps for locust-plugins' PlaywrightUser."""

import os

from locust import task
from locust_plugins.users.playwright import PlaywrightUser, event, pw
from playwright.async_api import async_playwright

ARGUMENTS = [
    "--disable-gpu", "--disable-setuid-sandbox", "--disable-accelerated-2d-canvas", "--no-zygote",
    "--frame-throttle-fps=10", "--disable-blink-features=AutomationControlled", "--disable-blink-features",
    "--disable-translate", "--safebrowsing-disable-auto-update", "--disable-sync", "--hide-scrollbars",
    "--disable-notifications", "--disable-logging", "--disable-permissions-api", "--ignore-certificate-errors",
    "--no-first-run", "--disable-audio-output", "--disable-canvas-aa",
]  # fmt: skip
"""The plugin's own, which it gives to a browser that it looks for by itself."""


class Visitor(PlaywrightUser):
    host = os.environ["HOST"]

    async def _pwprep(self):
        self.playwright = await async_playwright().start()
        self.browser = await self.playwright.chromium.launch(
            headless=True, executable_path=os.environ["BROWSER"], args=ARGUMENTS
        )

    @task
    @pw
    async def buy(self, page):
        async with event(self, "open the shop"):
            await page.goto("/")
            await page.get_by_role("heading", name="lamp").first.wait_for()
        async with event(self, "find a lamp"):
            await page.get_by_label("Search").fill("lamp")
            await page.get_by_text("products for “lamp”").wait_for()
        async with event(self, "look at it"):
            listed = page.get_by_role("list", name="Products")
            await listed.get_by_role("link", name="Pebble table lamp").click()
            await page.get_by_role("heading", name="Pebble table lamp").wait_for()
        async with event(self, "pay"):
            await page.get_by_role("button", name="Buy").click()
            await page.get_by_text("Thank you").wait_for()
