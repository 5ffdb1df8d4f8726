// The shop's four steps.
module.exports = { buy };

async function buy(page, context, events, test) {
  const { step } = test;
  await step("open the shop", async () => {
    await page.goto("/");
    await page.getByRole("heading", { name: "lamp" }).first().waitFor();
  });
  await step("find a lamp", async () => {
    await page.getByLabel("Search").fill("lamp");
    await page.getByText("products for “lamp”").waitFor();
  });
  await step("look at it", async () => {
    await page.getByRole("list", { name: "Products" }).getByRole("link", { name: "Pebble table lamp" }).click();
    await page.getByRole("heading", { name: "Pebble table lamp" }).waitFor();
  });
  await step("pay", async () => {
    await page.getByRole("button", { name: "Buy" }).click();
    await page.getByText("Thank you").waitFor();
  });
}
