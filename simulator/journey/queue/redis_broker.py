"""Redis through redis-py: lists as queues, streams with a group, channels as topics."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import gevent
import redis
from gevent.event import Event

from simulator.journey.queue.broker import BrokerError, Message, QueueSpec, Take
from simulator.journey.queue.content import correlation_in, from_bytes, to_bytes

BLOCK_S = 0.5
AT_ONCE = 20
CONNECT_WITHIN_S = 10.0
AGAIN_AFTER_S = 0.5
MOST_CONNECTIONS = 10_000
"""As many as a server takes unless told otherwise: no user of ours is refused because others send, too."""
GROUP = "simulator"
DETOUR = "simulator-detour"

Over = Callable[[], bool]


class RedisBroker:
    """One Redis.

    Args:
        url: `redis://user:password@host:port/database`.
        owner: a name for what belongs to this process alone.
    """

    def __init__(self, url: str, owner: str) -> None:
        self._owner = owner
        self._client = redis.Redis.from_url(
            url, socket_connect_timeout=CONNECT_WITHIN_S, max_connections=MOST_CONNECTIONS
        )

    def publish(self, queue: QueueSpec, message: Message) -> None:
        """Push, add or publish; lists and channels have room for the body alone."""
        content = to_bytes(message.body)
        try:
            if queue.kind == "stream":
                fields: dict[Any, Any] = {"body": content, **message.headers}
                fields |= {"correlation_id": message.correlation_id} if message.correlation_id else {}
                fields |= {"reply_to": message.reply_to} if message.reply_to else {}
                self._client.xadd(queue.address, fields)
            elif queue.kind == "topic":
                self._client.publish(queue.address, content)
            else:
                self._client.lpush(queue.address, content)
        except redis.RedisError as error:
            raise _told(error) from error

    def listen(self, queue: QueueSpec, take: Take) -> RedisListening:
        """Read a list, a stream or a channel."""
        read = {"queue": _list, "stream": _stream, "topic": _channel}[queue.kind]
        begun = Event()
        listening = RedisListening(lambda over: read(self._client, queue, self._owner, take, begun, over), begun)
        if not begun.wait(CONNECT_WITHIN_S):
            listening.stop()
            raise BrokerError("refused", f"{queue.address} cannot be read within {CONNECT_WITHIN_S:g} s")
        listening.check()
        return listening

    def close(self) -> None:
        """Hang up."""
        self._client.close()


class RedisListening:
    """A greenlet that reads, and connects again when the connection is lost."""

    def __init__(self, read: Callable[[Over], object], begun: Event) -> None:
        self._read, self._begun = read, begun
        self._problem: BrokerError | None = None
        self._over = False
        self._greenlet = gevent.spawn(self._loop)

    def check(self) -> None:
        """Raises when the connection is lost."""
        if self._problem is not None:
            raise self._problem

    def stop(self) -> None:
        """Read no more, once what is being read has come or its time is over."""
        self._over = True
        self._greenlet.join(BLOCK_S + 1.0)
        self._greenlet.kill(block=True, timeout=2.0)

    def _loop(self) -> None:
        while not self._over:
            try:
                self._read(lambda: self._over)
                self._problem = None
            except redis.RedisError as error:
                self._problem = _told(error)
                self._begun.set()
                gevent.sleep(AGAIN_AFTER_S)


@dataclass
class RedisDelivery:
    """A message of Redis's, with how it is kept and given back."""

    message: Message
    _keep: Callable[[], object]
    _back: Callable[[], object]
    _settled: bool = False

    def keep(self) -> None:
        """Redis may forget it."""
        self._settle(self._keep)

    def give_back(self) -> None:
        """Somebody else may have it."""
        self._settle(self._back)

    def _settle(self, act: Callable[[], object]) -> None:
        if not self._settled:
            self._settled = True
            with contextlib.suppress(redis.RedisError):
                act()


def _list(client: Any, queue: QueueSpec, owner: str, take: Take, begun: Event, over: Over) -> None:
    """Move messages to a list of our own, so that they are not lost with us, and hand them on."""
    mine = f"{queue.address}:{owner}"
    if not begun.is_set():
        client.ping()
        begun.set()
    first = client.blmove(queue.address, mine, BLOCK_S, "RIGHT", "LEFT")
    if first is None:
        return
    with client.pipeline(transaction=False) as pipe:  # where there is one there are often more
        for _ in range(AT_ONCE):
            pipe.lmove(queue.address, mine, "RIGHT", "LEFT")
        contents = [first, *filter(None, pipe.execute())]
    for content in contents:

        def keep(content: bytes = content) -> None:
            client.lrem(mine, 1, content)

        def back(content: bytes = content) -> None:
            with client.pipeline() as pipe:
                pipe.lrem(mine, 1, content)
                pipe.rpush(queue.address, content)
                pipe.execute()

        take(RedisDelivery(_message(content, queue), keep, back))


def _stream(client: Any, queue: QueueSpec, owner: str, take: Take, begun: Event, over: Over) -> None:
    """Read new entries of a stream as one member of a group of this run's."""
    group = owner.rpartition(".")[0] or GROUP
    with contextlib.suppress(redis.ResponseError):  # the group is there already
        client.xgroup_create(queue.address, group, id="0", mkstream=True)
    begun.set()
    found = client.xreadgroup(group, owner, {queue.address: ">"}, count=100, block=round(BLOCK_S * 1000))
    for _, entries in found or ():
        for entry, fields in entries:

            def keep(entry: Any = entry) -> None:
                client.xack(queue.address, group, entry)

            def back(entry: Any = entry, fields: Any = fields) -> None:
                with client.pipeline() as pipe:  # a group gives an entry to one member only: it is entered anew
                    pipe.xadd(queue.address, {**fields, DETOUR: b"1"})
                    pipe.xack(queue.address, group, entry)
                    pipe.xdel(queue.address, entry)
                    pipe.execute()

            take(RedisDelivery(_entry(fields, queue), keep, back))


def _channel(client: Any, queue: QueueSpec, owner: str, take: Take, begun: Event, over: Over) -> None:
    with client.pubsub() as subscription:
        subscription.subscribe(queue.address)
        while not over():
            said = subscription.get_message(timeout=BLOCK_S)
            if said is None:
                continue
            if said["type"] == "subscribe":
                begun.set()
            elif said["type"] == "message":
                take(RedisDelivery(_message(said["data"], queue), lambda: None, lambda: None))


def _message(content: bytes, queue: QueueSpec) -> Message:
    body = from_bytes(content)
    return Message(body, correlation_in(body, queue.correlation), correlation_in(body, "reply_to"))


def _entry(fields: Mapping[bytes, bytes], queue: QueueSpec) -> Message:
    texts = {key.decode(): value for key, value in fields.items()}
    detour = texts.pop(DETOUR, None) is not None
    body = (
        from_bytes(texts.pop("body")) if "body" in texts else {key: from_bytes(value) for key, value in texts.items()}
    )
    correlation_id = texts.get("correlation_id", b"").decode() or correlation_in(body, queue.correlation)
    headers = {key: value.decode(errors="replace") for key, value in texts.items()}
    return Message(body, correlation_id, headers.get("reply_to", ""), headers, detour)


def _told(error: redis.RedisError) -> BrokerError:
    kind = (
        "timeout"
        if isinstance(error, redis.TimeoutError)
        else "refused"
        if isinstance(error, redis.ConnectionError)
        else "message"
    )
    return BrokerError(kind, f"{type(error).__name__}: {error}".rstrip(": "))
