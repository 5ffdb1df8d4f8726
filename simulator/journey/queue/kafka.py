"""Kafka through confluent-kafka, whose threads of C are asked without waiting, so that greenlets go on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gevent
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer
from gevent.event import AsyncResult, Event

from simulator.journey.queue.broker import BrokerError, Message, QueueSpec, Take
from simulator.journey.queue.content import correlation_in, from_bytes, to_bytes

POLL_EVERY_S = 0.005
DELIVERED_WITHIN_S = 10.0
JOINED_WITHIN_S = 30.0


class KafkaBroker:
    """One cluster.

    Args:
        url: `kafka://host:port,host:port`; what stands behind `?` are settings of librdkafka's.
        owner: a name for what belongs to this process alone.
    """

    def __init__(self, url: str, owner: str) -> None:
        servers, _, query = url.removeprefix("kafka://").partition("?")
        more = dict(part.split("=", 1) for part in query.split("&") if "=" in part)
        self._settings: dict[str, Any] = {"bootstrap.servers": servers, "log_level": 0, **more}
        self._owner = owner
        self._producer = Producer({**self._settings, "linger.ms": 0})
        self._poller: gevent.Greenlet[[], None] | None = None

    def publish(self, queue: QueueSpec, message: Message) -> None:
        """Hand a message over; when this returns, the cluster has it."""
        if self._poller is None:
            self._poller = gevent.spawn(self._poll)
        said: AsyncResult[KafkaError | None] = AsyncResult()
        headers = {**message.headers, "correlation_id": message.correlation_id, "reply_to": message.reply_to}
        try:
            self._producer.produce(
                queue.address,
                to_bytes(message.body),
                key=message.correlation_id or None,
                headers=[(name, text.encode()) for name, text in headers.items() if text],
                on_delivery=lambda error, _: said.set(error),
            )
            error = said.get(timeout=DELIVERED_WITHIN_S)
        except (KafkaException, BufferError) as failed:
            raise BrokerError("refused", str(failed)) from failed
        except gevent.Timeout:
            message_text = f"the cluster did not confirm within {DELIVERED_WITHIN_S:g} s"
            raise BrokerError("timeout", message_text) from None
        if error is not None:
            raise BrokerError("message", str(error))

    def listen(self, queue: QueueSpec, take: Take) -> KafkaListening:
        """Read a topic as one member of a group; for kind topic, as a group of its own, from now on."""
        group = self._owner if queue.kind == "topic" else self._owner.rpartition(".")[0]
        first = "latest" if queue.kind == "topic" else "earliest"
        settings = {**self._settings, "group.id": f"{group}.{queue.address}", "auto.offset.reset": first}
        listening = KafkaListening(Consumer(settings), queue, take)
        if not listening.begun.wait(JOINED_WITHIN_S):
            listening.stop()
            raise BrokerError("refused", f"{queue.address} gave no part to read within {JOINED_WITHIN_S:g} s")
        return listening

    def close(self) -> None:
        """Hang up."""
        if self._poller is not None:
            self._poller.kill(block=False)
        self._producer.flush(0)

    def _poll(self) -> None:
        while True:
            while self._producer.poll(0):
                pass
            gevent.sleep(POLL_EVERY_S)


@dataclass
class KafkaDelivery:
    """A record. Kafka keeps it in any case; the group's place has moved on."""

    message: Message

    def keep(self) -> None:
        """Nothing to do."""

    def give_back(self) -> None:
        """Nothing to do: partitions belong to one member, so nobody else would get it."""


class KafkaListening:
    """A greenlet that reads a topic.

    Attributes:
        begun: set once the group has given it partitions.
    """

    def __init__(self, consumer: Any, queue: QueueSpec, take: Take) -> None:
        self._consumer, self._queue, self._take = consumer, queue, take
        self._problem: BrokerError | None = None
        self.begun = Event()
        consumer.subscribe([queue.address], on_assign=lambda *_: self.begun.set())
        self._greenlet = gevent.spawn(self._read)

    def check(self) -> None:
        """Raises when nothing can be read at present."""
        if self._problem is not None:
            raise self._problem

    def stop(self) -> None:
        """Leave the group."""
        self._greenlet.kill(block=True, timeout=2.0)
        gevent.get_hub().threadpool.apply(self._consumer.close)

    def _read(self) -> None:
        while True:
            record = self._consumer.poll(0)
            if record is None:
                gevent.sleep(POLL_EVERY_S)
            elif record.error() is None:
                self._problem = None
                self._take(KafkaDelivery(self._message(record)))
            elif not record.error().retriable() and record.error().code() != KafkaError.UNKNOWN_TOPIC_OR_PART:
                self._problem = BrokerError("message", str(record.error()))

    def _message(self, record: Any) -> Message:
        headers = {name: (value or b"").decode(errors="replace") for name, value in record.headers() or ()}
        body = from_bytes(record.value() or b"null")
        correlation_id = headers.get("correlation_id", "") or correlation_in(body, self._queue.correlation)
        return Message(body, correlation_id, headers.get("reply_to", ""), headers)
