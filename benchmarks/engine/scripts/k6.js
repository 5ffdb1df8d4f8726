import http from 'k6/http';
import { check, group, sleep } from 'k6';

const host = __ENV.HOST;
const kind = __ENV.CASE;
export const options = {
  vus: Number(__ENV.USERS), duration: '1h', insecureSkipTLSVerify: true,
  ...(__ENV.RATE ? { scenarios: { open: {
    executor: 'constant-arrival-rate', rate: Number(__ENV.RATE), timeUnit: '1s', duration: __ENV.SECONDS + 's',
    preAllocatedVUs: 50, maxVUs: 1000 } }, vus: undefined, duration: undefined } : {}),
  summaryTrendStats: ['med', 'p(95)', 'p(99)', 'max'],
};
const json = { headers: { 'Content-Type': 'application/json' } };

function buy() {
  let product;
  group('find', () => {
    const products = http.get(`${host}/api/products`).json();
    check(products, { 'all products': (p) => p.length === 34 });
    product = http.get(`${host}/api/products/7`, { tags: { name: '/api/products/{id}' } }).json();
    check(product, { 'the lamp': (p) => p.id === 7 });
  });
  group('pay', () => {
    const order = http.post(`${host}/api/orders`, JSON.stringify({ product: product.id, count: 1 }), json);
    check(order, { 'ordered': (r) => r.status === 200 });
    const there = http.get(`${host}/api/orders/7`, { tags: { name: '/api/orders/{id}' } }).json();
    check(there, { 'it is there': (o) => o.id === 7 });
  });
}

function ask() {
  check(http.get(`${host}/small`), { 'it answers': (r) => r.status === 200 });
  if (kind === 'think') sleep(1);
}

export default kind === 'journey' ? buy : ask;
