"use strict";

const euro = (cents) => "€ " + (cents / 100).toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

async function api(method, path, body) {
  const answer = await fetch(path, {
    method,
    headers: body ? { "Content-Type": "application/json" } : {},
    body: body ? JSON.stringify(body) : undefined,
  });
  const value = answer.status === 204 ? null : await answer.json();
  if (!answer.ok) throw new Error(value.message);
  return { value, answer };
}

function say(place, text, isError = false) {
  place.classList.toggle("error", isError);
  place.replaceChildren(text);
}

function showOrder(place, order) {
  const link = document.createElement("a");
  link.href = "/orders/" + order.id;
  link.textContent = order.id;
  say(place, "Thank you! Your order number is ");
  place.append(link, ".");
}

// While a button works it cannot be pressed again, and what went wrong is said beside it.
async function working(button, place, work) {
  button.disabled = true;
  try {
    await work();
  } catch (problem) {
    if (place) say(place, problem.message, true);
  } finally {
    button.disabled = false;
  }
}

function showCount(cart) {
  const pieces = cart.items.reduce((sum, line) => sum + line.quantity, 0);
  document.querySelector("[data-cart-count]").textContent = pieces;
}

const actions = {
  async buy(button, place) {
    const { value } = await api("POST", "/api/orders", { product: Number(button.dataset.buy), quantity: 1 });
    showOrder(place, value);
  },
  async add(button, place) {
    const { value } = await api("POST", "/api/cart/items", { product: Number(button.dataset.add) });
    showCount(value);
    if (place) say(place, "Added to your cart.");
    else button.textContent = "Added ✓";
  },
  async remove(button) {
    await api("DELETE", "/api/cart/items/" + button.dataset.remove);
    location.reload();
  },
  async logout() {
    await api("POST", "/api/logout");
    location.assign("/");
  },
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  const action = button && Object.keys(actions).find((name) => name in button.dataset);
  if (!action) return;
  const place = button.closest("[data-buy-area]")?.querySelector("[data-result]");
  working(button, place, () => actions[action](button, place));
});

function onSubmit(selector, work) {
  const form = document.querySelector(selector);
  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    const place = form.querySelector("[data-result]");
    working(form.querySelector("button"), place, () => work(Object.fromEntries(new FormData(form)), place, form));
  });
}

onSubmit("[data-login]", async (fields) => {
  await api("POST", "/api/login", fields);
  const next = new URLSearchParams(location.search).get("next") || "/";
  location.assign(/^\/(?![/\\])/.test(next) ? next : "/");
});

onSubmit("[data-checkout]", async (fields, place, form) => {
  const { value } = await api("POST", "/api/orders", { card: fields.card });
  showOrder(place, value);
  form.querySelector("button").hidden = true;
  showCount({ items: [] });
});

// Search as you type. Only the answer to the latest question is shown.
const list = document.querySelector("[data-products]");
const more = document.querySelector("[data-more]");
const PAGE_SIZE = 12;
let question = null;

function card(product) {
  const item = document.getElementById("card").content.cloneNode(true);
  const button = item.querySelector("button");
  item.querySelector("a").href = "/products/" + product.id;
  item.querySelector("img").src = product.image;
  item.querySelector(".name").textContent = product.name;
  item.querySelector(".price").textContent = euro(product.price_cents);
  item.querySelector(".rating").textContent = "★ " + product.rating.toFixed(1);
  button.dataset.add = product.id;
  button.disabled = product.stock === 0;
  if (button.disabled) button.textContent = "Sold out";
  button.setAttribute("aria-label", `Add ${product.name} to cart`);
  return item;
}

function parameters(sought, page) {
  const asked = new URLSearchParams();
  if (sought) asked.set("q", sought);
  if (list.dataset.category) asked.set("category", list.dataset.category);
  if (page > 1) asked.set("page", page);
  return asked.toString();
}

async function find(sought, page) {
  question?.abort();
  const asked = (question = new AbortController());
  const answer = await fetch("/api/products?" + parameters(sought, page), { signal: asked.signal });
  const products = await answer.json();
  if (!answer.ok) throw new Error(products.message);
  return { products, total: Number(answer.headers.get("X-Total-Count")) };
}

function showFound(sought, page, { products, total }) {
  if (page === 1) list.replaceChildren();
  list.append(...products.map(card));
  const counted = `${total} product${total === 1 ? "" : "s"}`;
  say(document.querySelector("[data-found]"), sought ? `${counted} for “${sought}”` : counted);
  more.dataset.page = page + 1;
  more.href = "/?" + parameters(sought, page + 1);
  more.hidden = page * PAGE_SIZE >= total;
}

async function search(sought, page) {
  try {
    showFound(sought, page, await find(sought, page));
  } catch (problem) {
    if (problem.name !== "AbortError") say(document.querySelector("[data-found]"), problem.message, true);
  }
}

if (list) {
  const field = document.getElementById("search");
  let pause;
  const searchNow = () => {
    const sought = field.value.trim();
    history.replaceState(null, "", "/?" + parameters(sought, 1));
    search(sought, 1);
  };
  field.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(searchNow, 120);
  });
  document.querySelector("[data-search]").addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(pause);
    searchNow();
  });
  more.addEventListener("click", (event) => {
    event.preventDefault();
    search(field.value.trim(), Number(more.dataset.page));
  });
}

// The flaws of a worse build.
const flaws = document.body.dataset.flaws.split(" ");

if (flaws.includes("layout-shift")) {
  addEventListener("load", () => setTimeout(() => {
    const banner = document.createElement("aside");
    banner.className = "late-banner";
    banner.textContent = "Autumn sale: it came late, and it came big.";
    document.querySelector("main").prepend(banner);
  }, 150));
}

if (flaws.includes("console-error")) {
  setTimeout(() => {
    throw new Error("the tracker of this build is broken");
  });
}
