"""Hands the messages of a queue to those who wait for them, whoever comes first, so that nobody gets another's.

One greenlet of a process reads a queue for all of its users. What nobody waits for yet is held, not acknowledged; what
nobody of this process wants within a while goes back to the broker when other workers read the same queue.
"""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

import gevent
from gevent.event import AsyncResult
from gevent.lock import BoundedSemaphore

from simulator.journey.queue.broker import Broker, BrokerError, Delivery, Listening, Message, QueueSpec

MOST_HELD = 10_000
GIVE_BACK_AFTER_S = 0.05
LOOK_EVERY_S = 0.02
STARTED_WITHIN_S = 10.0

Match = Callable[[Message], bool]


@dataclass(frozen=True)
class Arrived:
    """A message that came in.

    Attributes:
        delivery: the message, not yet acknowledged.
        at_s: when it came, on the monotonic clock.
    """

    delivery: Delivery
    at_s: float


class Waiter:
    """Somebody who waits for a message.

    Args:
        correlation_id: of the message; empty text when `match` decides alone.
        match: whether a message is meant; `None` for any.
        user: who waits.
    """

    def __init__(self, correlation_id: str, match: Match | None, user: int) -> None:
        self.correlation_id, self.match, self.user = correlation_id, match, user
        self.result: AsyncResult[Arrived] = AsyncResult()

    def wants(self, message: Message, owner: int | None) -> bool:
        """Whether this message is meant; what another user waits for is not, unless it is asked for by name."""
        if self.correlation_id:
            return message.correlation_id == self.correlation_id and (self.match is None or self.match(message))
        if owner is not None and owner != self.user:
            return False
        return self.match is None or self.match(message)


class Exchange:
    """The messages of one queue in one process.

    Args:
        spec: the queue.
        broker: carries its messages.
        owner: a name for what belongs to this process alone.
        shared: whether other processes of the run read the same queue.
        clock: monotonic seconds, the recorder's.
    """

    def __init__(
        self, spec: QueueSpec, broker: Broker, owner: str, *, shared: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.spec, self.broker, self.owner = spec, broker, owner
        self._shared, self._clock = shared, clock
        self._beginning = BoundedSemaphore(1)
        self._listening: Listening | None = None
        self._sweeper: gevent.Greenlet[[], None] | None = None
        self._waiters: OrderedDict[int, Waiter] = OrderedDict()
        self._by_id: dict[str, OrderedDict[int, Waiter]] = {}
        self._held: OrderedDict[int, Arrived] = OrderedDict()
        self._held_by_id: dict[str, OrderedDict[int, Arrived]] = {}
        self._subscriptions: dict[int, deque[Arrived]] = {}
        self._numbers = count()
        self._owners: dict[str, int] = {}

    def expect(self, correlation_id: str, user: int) -> None:
        """What carries this id belongs to this user."""
        self._owners[correlation_id] = user
        if len(self._owners) > MOST_HELD * 10:
            del self._owners[next(iter(self._owners))]

    def listen(self) -> None:
        """Read the queue from now on.

        Raises:
            BrokerError: it cannot be read.
        """
        if self._listening is not None:
            return
        with self._beginning:  # all users of a process come here at once
            if self._listening is None:
                self._listening = self.broker.listen(self.spec, self._arrive)
                if self._shared and self.spec.kind != "topic":
                    self._sweeper = gevent.spawn(self._sweep)

    def receive(self, waiter: Waiter, within_s: float) -> Arrived:
        """The first message that a waiter wants, of those held and those to come.

        Raises:
            BrokerError: none came in time, or none can come.
        """
        self.listen()
        assert self._listening is not None
        found = self._held_for(waiter)
        if found is None:
            found = self._wait(waiter, within_s)
        found.delivery.keep()
        self._owners.pop(found.delivery.message.correlation_id, None)
        return found

    def subscribe(self) -> int:
        """A number for somebody who wants to see every message of a topic from now on."""
        number = next(self._numbers)
        self._subscriptions[number] = deque(maxlen=MOST_HELD)
        self.listen()
        return number

    def unsubscribe(self, number: int) -> None:
        """That is enough."""
        self._subscriptions.pop(number, None)

    def next_for(self, number: int, match: Match | None, within_s: float) -> Arrived:
        """The next message of a topic for a subscription; what came before it and was not meant is passed over.

        Raises:
            BrokerError: none came in time.
        """
        ends_s = self._clock() + within_s
        seen = self._subscriptions[number]
        while True:
            while seen:
                arrived = seen.popleft()
                if match is None or match(arrived.delivery.message):
                    return arrived
            if self._clock() > ends_s:
                raise BrokerError("timeout", f"nothing of that kind came within {within_s:g} s")
            self._check()
            listener = Waiter("", None, -1)
            key = next(self._numbers)
            self._waiters[key] = listener
            listener.result.wait(min(1.0, max(0.0, ends_s - self._clock())))
            self._waiters.pop(key, None)

    def close(self) -> None:
        """Read no more; what is held goes back."""
        if self._sweeper is not None:
            self._sweeper.kill(block=False)
        if self._listening is not None:
            self._listening.stop()
            self._listening = None
        while self._held:
            self._held.popitem()[1].delivery.give_back()
        self._held_by_id.clear()

    def _check(self) -> None:
        if self._listening is not None:
            self._listening.check()

    def _wait(self, waiter: Waiter, within_s: float) -> Arrived:
        self._check()
        key = next(self._numbers)
        line = self._by_id.setdefault(waiter.correlation_id, OrderedDict()) if waiter.correlation_id else self._waiters
        line[key] = waiter
        try:
            arrived: Arrived = waiter.result.get(timeout=within_s)  # type: ignore[assignment]
            return arrived
        except gevent.Timeout:
            self._check()
            others = f"; {len(self._held)} others came" if self._held else ""
            raise BrokerError("timeout", f"nothing of that kind came within {within_s:g} s{others}") from None
        except BaseException:
            if waiter.result.ready():  # it came, and whoever wanted it is gone
                self._hold(waiter.result.get())  # type: ignore[arg-type]
            raise
        finally:
            line.pop(key, None)
            if waiter.correlation_id and not line:
                self._by_id.pop(waiter.correlation_id, None)

    def _arrive(self, delivery: Delivery) -> None:
        """A message came in; called by the greenlet that reads."""
        arrived = Arrived(delivery, self._clock())
        if self.spec.kind == "topic":
            for seen in self._subscriptions.values():
                seen.append(arrived)
            for listener in list(self._waiters.values()):
                listener.result.set(arrived)
            delivery.keep()
            return
        waiter = self._waiter_for(delivery.message)
        while waiter is None and len(self._held) >= MOST_HELD:
            gevent.sleep(LOOK_EVERY_S)  # holds up the reading: the broker keeps the rest
            waiter = self._waiter_for(delivery.message)
        if waiter is None:
            self._hold(arrived)
        else:
            waiter.result.set(arrived)

    def _waiter_for(self, message: Message) -> Waiter | None:
        """The first in line who wants it; taken out of the line."""
        owner = self._owners.get(message.correlation_id)
        by_id = self._by_id.get(message.correlation_id)
        for line in (by_id, self._waiters) if by_id else (self._waiters,):
            for key, waiting in line.items():
                if waiting.wants(message, owner):
                    del line[key]
                    return waiting
        return None

    def _held_for(self, waiter: Waiter) -> Arrived | None:
        line = self._held_by_id.get(waiter.correlation_id, OrderedDict()) if waiter.correlation_id else self._held
        for key, arrived in line.items():
            message = arrived.delivery.message
            if waiter.wants(message, self._owners.get(message.correlation_id)):
                self._release(key, arrived)
                return arrived
        return None

    def _hold(self, arrived: Arrived) -> None:
        key = next(self._numbers)
        self._held[key] = arrived
        correlation_id = arrived.delivery.message.correlation_id
        if correlation_id:
            self._held_by_id.setdefault(correlation_id, OrderedDict())[key] = arrived

    def _release(self, key: int, arrived: Arrived) -> None:
        self._held.pop(key, None)
        correlation_id = arrived.delivery.message.correlation_id
        line = self._held_by_id.get(correlation_id)
        if line is not None:
            line.pop(key, None)
            if not line:
                del self._held_by_id[correlation_id]

    def _sweep(self) -> None:
        """Give back what nobody of this process has wanted for a while: another worker's user may wait for it."""
        while True:
            gevent.sleep(LOOK_EVERY_S)
            before_s = self._clock() - GIVE_BACK_AFTER_S
            old = [(key, arrived) for key, arrived in self._held.items() if arrived.at_s < before_s]
            for key, arrived in old:
                if arrived.delivery.message.correlation_id in self._owners:
                    continue  # one of ours will come for it
                self._release(key, arrived)
                arrived.delivery.give_back()
