"""librdkafka's own mock cluster in a process of its own; prints its address."""

import sys

from confluent_kafka import Producer

producer = Producer({"bootstrap.servers": "ignored", "test.mock.num.brokers": 1, "log_level": 0})
[broker] = producer.list_topics(timeout=10).brokers.values()
print(f"{broker.host}:{broker.port}", flush=True)
sys.stdin.read()
