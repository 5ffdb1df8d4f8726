"""Which library carries the messages of an address."""

from __future__ import annotations

from collections.abc import Callable

from simulator.errors import UsageError
from simulator.journey.queue.broker import Broker

_AMQP = ("amqp", "amqps", "pyamqp", "memory")
_REDIS = ("redis", "rediss", "unix")


def broker_at(url: str, owner: str) -> Broker:
    """The broker at an address.

    Args:
        url: `amqp://…`, `redis://…`, `kafka://…`, `memory://`.
        owner: a name for what belongs to this process alone.

    Raises:
        UsageError: nobody here knows such an address, or its library is not installed.
    """
    scheme = url.partition("://")[0]
    if scheme in _AMQP:
        return _made("mq", lambda: _amqp(url, owner))
    if scheme in _REDIS:
        return _made("mq", lambda: _redis(url, owner))
    if scheme == "kafka":
        return _made("kafka", lambda: _kafka(url, owner))
    hint = "amqp://, redis://, kafka://, or memory:// for a queue inside of this process"
    raise UsageError(f"{scheme}:// is no address of a message broker", hint=hint)


def _made(extra: str, make: Callable[[], Broker]) -> Broker:
    try:
        return make()
    except ImportError as error:
        raise UsageError(f"messages need a library: {error}", hint=f"pip install 'simulator[{extra}]'") from error


def _amqp(url: str, owner: str) -> Broker:
    from simulator.journey.queue.amqp import AmqpBroker

    return AmqpBroker(url, owner)


def _redis(url: str, owner: str) -> Broker:
    from simulator.journey.queue.redis_broker import RedisBroker

    return RedisBroker(url, owner)


def _kafka(url: str, owner: str) -> Broker:
    from simulator.journey.queue.kafka import KafkaBroker

    return KafkaBroker(url, owner)
