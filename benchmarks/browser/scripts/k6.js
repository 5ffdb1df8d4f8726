// The shop's four steps, with k6's browser module.
import { browser } from 'k6/browser';

const users = Number(__ENV.USERS);
export const options = {
  scenarios: {
    buy: { executor: 'constant-vus', vus: users, duration: '1h', options: { browser: { type: 'chromium' } } },
  },
};

export default async function () {
  const context = await browser.newContext();
  const page = await context.newPage();
  try {
    await page.goto(`${__ENV.HOST}/`);
    await page.locator('//h1 | //h2 | //h3').first().waitFor();
    await page.locator('input[type=search]').fill('lamp');
    await page.locator('//*[contains(text(), "products for “lamp”")]').waitFor();
    await page.locator('//ul[@aria-label="Products"]//a[contains(., "Pebble table lamp")]').first().click();
    await page.locator('//h1[contains(., "Pebble table lamp")]').waitFor();
    await page.locator('//button[contains(., "Buy")]').first().click();
    await page.locator('//*[contains(text(), "Thank you")]').waitFor();
  } finally {
    await page.close();
    await context.close();
  }
}
