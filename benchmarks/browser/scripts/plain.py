"""The shop's four steps with Playwright and nothing else: as many users as there are to be, each a task, for ever."""

import asyncio
import os

from playwright.async_api import async_playwright


async def buy(page):
    await page.goto("/")
    await page.get_by_role("heading", name="lamp").first.wait_for()
    await page.get_by_label("Search").fill("lamp")
    await page.get_by_text("products for “lamp”").wait_for()
    listed = page.get_by_role("list", name="Products")
    await listed.get_by_role("link", name="Pebble table lamp").click()
    await page.get_by_role("heading", name="Pebble table lamp").wait_for()
    await page.get_by_role("button", name="Buy").click()
    await page.get_by_text("Thank you").wait_for()


async def live(browser):
    while True:
        context = await browser.new_context(base_url=os.environ["HOST"])
        context.set_default_timeout(0)  # whoever is held still for long comes late
        await buy(await context.new_page())
        await context.close()


async def main():
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=os.environ["BROWSER"])
        await asyncio.gather(*(live(browser) for _ in range(int(os.environ["USERS"]))))


asyncio.run(main())
