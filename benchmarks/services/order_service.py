"""The shop's order flow as two services: orders over HTTP into PostgreSQL, payments over RabbitMQ, events over Redis.

python order_service.py orders PORT DATABASE AMQP REDIS      POST /api/orders, DELETE /api/orders/{ref}
python order_service.py payments PORT DATABASE AMQP REDIS    takes orders, writes payments, says what is paid
"""

from __future__ import annotations

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import kombu
import psycopg
import redis

SCHEMA = """
create table if not exists orders (ref text primary key, customer integer, amount numeric(10,2), state text);
create table if not exists payments (ref text primary key references orders, amount numeric(10,2));
"""


def connected(database):
    connection = psycopg.connect(database, autocommit=True)
    connection.execute("select pg_advisory_lock(1)")
    connection.execute(SCHEMA)
    connection.execute("select pg_advisory_unlock(1)")
    return connection


class Orders(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self._answer(200, {"ok": True})

    def do_POST(self):
        order = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            self.server.database.execute(
                "insert into orders values (%(ref)s, %(customer)s, %(amount)s, 'open')", order
            )  # fmt: skip
            self.server.producer.publish(
                order, routing_key="orders", serializer="json", correlation_id=order["ref"], delivery_mode=2
            )  # fmt: skip
        self._answer(201, {"ref": order["ref"], "state": "open"})

    def do_DELETE(self):
        ref = self.path.rpartition("/")[2]
        with self.server.lock:
            self.server.database.execute("delete from payments where ref = %s", [ref])
            gone = self.server.database.execute("delete from orders where ref = %s", [ref]).rowcount
        self._answer(200 if gone else 404, {})

    def _answer(self, status, body):
        content = json.dumps(body).encode()
        head = f"HTTP/1.1 {status} .\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        self.wfile.write(head.encode() + content)
        self.log_request(status)

    def log_message(self, *_):
        pass


def orders(port, database, amqp):
    server = ThreadingHTTPServer(("127.0.0.1", port), Orders)
    server.daemon_threads = True
    server.request_queue_size = 128
    server.lock = threading.Lock()
    server.database = connected(database)
    connection = kombu.Connection(amqp, transport_options={"confirm_publish": True})
    kombu.Queue("orders", durable=True)(connection.channel()).declare()
    server.producer = connection.Producer()
    server.serve_forever()


def payments(port, database, amqp, redis_url):
    rows, events = connected(database), redis.Redis.from_url(redis_url)
    connection = kombu.Connection(amqp)
    channel = connection.channel()
    for name in ("orders", "paid"):
        kombu.Queue(name, durable=True)(channel).declare()
    producer = kombu.Producer(channel)

    def pay(body, message):
        order = body if isinstance(body, dict) else json.loads(body)
        paid = rows.execute(
            "with o as (update orders set state = 'paid' where ref = %(ref)s returning ref)"
            " insert into payments select ref, %(amount)s from o on conflict do nothing", order
        ).rowcount  # fmt: skip
        if paid:
            events.xadd("paid-events", {"body": json.dumps(order), "correlation_id": order["ref"]})
            producer.publish(order, routing_key="paid", serializer="json", correlation_id=order["ref"])
        message.ack()

    health = ThreadingHTTPServer(("127.0.0.1", port), Orders)
    threading.Thread(target=health.serve_forever, daemon=True).start()
    consumer = kombu.Consumer(channel, [kombu.Queue("orders", durable=True)], callbacks=[pay])
    consumer.qos(prefetch_count=50)
    with consumer:
        while True:
            connection.drain_events()


if __name__ == "__main__":
    kind, port, database, amqp, redis_url = sys.argv[1:6]
    if kind == "orders":
        orders(int(port), database, amqp)
    else:
        payments(int(port), database, amqp, redis_url)
