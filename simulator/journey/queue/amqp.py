"""RabbitMQ, and queues inside of this process, through kombu."""

from __future__ import annotations

import contextlib
import socket
from dataclasses import dataclass
from typing import Any

import gevent
import kombu
import kombu.pools
from gevent.event import Event
from gevent.lock import BoundedSemaphore
from kombu.exceptions import KombuError, OperationalError

from simulator.journey.queue.broker import BrokerError, Message, QueueSpec, Take
from simulator.journey.queue.content import correlation_in, from_bytes, to_bytes

POLL_EVERY_S = 0.005
"""Of the embedded queue; kombu's own second would be every message's latency."""

CONNECTIONS = 20
PREFETCH = 2000
CONNECT_WITHIN_S = 10.0
AGAIN_AFTER_S = 0.5
_ERRORS = (OSError, KombuError, OperationalError)


class AmqpBroker:
    """One broker.

    Args:
        url: `amqp://user:password@host:port/vhost` or `memory://`.
        owner: a name for what belongs to this process alone.
    """

    def __init__(self, url: str, owner: str) -> None:
        self._owner = owner
        self._embedded = url.startswith("memory")
        options: dict[str, Any] = {"polling_interval": POLL_EVERY_S} if self._embedded else {"confirm_publish": True}
        self._connection = kombu.Connection(url, transport_options=options, connect_timeout=CONNECT_WITHIN_S)
        self._producers = kombu.pools.Producers(limit=CONNECTIONS)[self._connection]
        self._errors = (*_ERRORS, *self._connection.connection_errors, *self._connection.channel_errors)
        self._declaring = BoundedSemaphore(1)
        self._known: set[str] = set()

    def publish(self, queue: QueueSpec, message: Message) -> None:
        """Hand a message over; RabbitMQ confirms it."""
        exchange, routing = (
            (queue.exchange or queue.address, "") if queue.kind == "topic" else (queue.exchange, queue.address)
        )
        is_binary = isinstance(message.body, bytes)
        try:
            self._declare(queue)
            with self._producers.acquire(block=True, timeout=CONNECT_WITHIN_S) as producer:
                producer.publish(
                    to_bytes(message.body),
                    exchange=exchange,
                    routing_key=routing,
                    content_type="application/octet-stream" if is_binary else "application/json",
                    content_encoding="binary" if is_binary else "utf-8",
                    correlation_id=message.correlation_id or None,
                    reply_to=message.reply_to or None,
                    headers=dict(message.headers),
                    delivery_mode=2,
                )
        except self._errors as error:
            self._known.discard(queue.address)
            raise _told(error) from error

    def listen(self, queue: QueueSpec, take: Take) -> AmqpListening:
        """Read a queue, or all that is published to a topic from now on."""
        listening = AmqpListening(self._connection.clone(), self._queue(queue), take, self._errors, queue.correlation)
        if not listening.begun.wait(CONNECT_WITHIN_S):
            listening.stop()
            raise BrokerError("refused", f"{queue.address} cannot be read within {CONNECT_WITHIN_S:g} s")
        listening.check()
        return listening

    def close(self) -> None:
        """Hang up."""
        with contextlib.suppress(Exception):
            self._producers.force_close_all()
            self._connection.release()

    def _queue(self, queue: QueueSpec) -> kombu.Queue:
        if queue.kind == "topic":
            exchange = kombu.Exchange(queue.exchange or queue.address, type="fanout", durable=True)
            name = f"{self._owner}.{queue.address}"
            return kombu.Queue(name, exchange, auto_delete=True, durable=False)
        reply = queue.address.startswith("simulator.")
        return kombu.Queue(queue.address, durable=not reply, auto_delete=reply)

    def _declare(self, queue: QueueSpec) -> None:
        """Once: a queue that exists stays as whoever made it wants it."""
        if queue.address in self._known or (queue.exchange and queue.kind != "topic"):
            return
        with self._declaring:  # a connection is for one greenlet at a time
            if queue.kind == "topic":
                with self._connection.channel() as channel:
                    self._queue(queue).exchange(channel).declare()
            elif not queue.address.startswith("simulator."):
                declared(self._connection, self._queue(queue))
            self._known.add(queue.address)


@dataclass
class AmqpDelivery:
    """A message of kombu's."""

    message: Message
    _raw: Any

    def keep(self) -> None:
        """Acknowledge it."""
        if not self._raw.acknowledged:
            self._raw.ack()

    def give_back(self) -> None:
        """Put it back into the queue."""
        if not self._raw.acknowledged:
            with contextlib.suppress(Exception):
                self._raw.requeue()


class AmqpListening:
    """A greenlet that reads a queue over a connection of its own, and connects again when that is lost.

    Attributes:
        begun: set once it reads, or cannot.
    """

    def __init__(
        self, connection: Any, queue: kombu.Queue, take: Take, errors: tuple[type[BaseException], ...], correlation: str
    ) -> None:
        self._connection, self._queue, self._take, self._errors = connection, queue, take, errors
        self._correlation = correlation
        self._problem: BrokerError | None = None
        self._over = False
        self.begun = Event()
        self._greenlet = gevent.spawn(self._read)

    def check(self) -> None:
        """Raises when the connection is lost."""
        if self._problem is not None:
            raise self._problem

    def stop(self) -> None:
        """Read no more."""
        self._over = True
        self._greenlet.kill(block=True, timeout=2.0)
        with contextlib.suppress(Exception):
            self._connection.release()

    def _read(self) -> None:
        while not self._over:
            try:
                self._connect_and_read()
            except self._errors as error:
                self._problem = _told(error)
                self.begun.set()
                with contextlib.suppress(Exception):
                    self._connection.close()
                gevent.sleep(AGAIN_AFTER_S)

    def _connect_and_read(self) -> None:
        self._connection.ensure_connection(max_retries=1, timeout=CONNECT_WITHIN_S)
        if self._queue.durable:
            declared(self._connection, self._queue)
        with self._connection.channel() as channel:
            consumer = kombu.Consumer(
                channel, [self._queue], on_message=self._came, auto_declare=not self._queue.durable
            )
            consumer.qos(prefetch_count=PREFETCH)
            with consumer:
                self._problem = None
                self.begun.set()
                while not self._over:
                    with contextlib.suppress(socket.timeout):
                        self._connection.drain_events(timeout=0.5)

    def _came(self, raw: Any) -> None:
        """Whatever its content type says: what others send is for us to understand, not for kombu to refuse."""
        properties = raw.properties
        content = from_bytes(raw.body)
        message = Message(
            content,
            properties.get("correlation_id") or correlation_in(content, self._correlation),
            properties.get("reply_to") or "",
            {str(key): str(value) for key, value in (raw.headers or {}).items()},
            bool(raw.delivery_info.get("redelivered")),
        )
        self._take(AmqpDelivery(message, raw))


def declared(connection: Any, queue: kombu.Queue) -> None:
    """Make a durable queue unless there is one of that name, whatever its settings."""
    try:
        with connection.channel() as channel:
            queue(channel).queue_declare(passive=True)
    except connection.channel_errors:
        with connection.channel() as channel:
            queue(channel).queue_declare()


def _told(error: BaseException) -> BrokerError:
    kind = "timeout" if isinstance(error, socket.timeout) else "refused" if isinstance(error, OSError) else "message"
    return BrokerError(kind, f"{type(error).__name__}: {error}".rstrip(": "))
