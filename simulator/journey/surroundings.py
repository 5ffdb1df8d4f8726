"""What users act on besides HTTP: databases, queues, test data and the ledger, opened when first needed."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gevent
from gevent.lock import BoundedSemaphore
from gevent.threadpool import ThreadPool

from simulator.data.chance import random_of
from simulator.data.factory import Factories
from simulator.data.feeder import rows_for
from simulator.data.lease import Leases, OutOfRowsError
from simulator.data.ledger import Ledger
from simulator.data.spec import Spec
from simulator.data.spec_file import load_spec
from simulator.data.store import Store, Stores
from simulator.errors import UsageError, did_you_mean
from simulator.journey.queue.broker import Broker, QueueSpec
from simulator.journey.queue.client import Sent
from simulator.journey.queue.exchange import Exchange
from simulator.journey.queue.witness import MessageWitness
from simulator.units import parse_duration, parse_integer

MOST_SENT = 100_000

OUT_OF_DATA = "out of data"
"""How the reason begins for which a run stops that has used up its rows."""


@dataclass(frozen=True)
class Given:
    """What a run was given; travels to workers as dicts, lists and texts.

    Attributes:
        databases: name → `url`, `pool`, `timeout`.
        queues: name → `url`, `name`, `kind`, `exchange`, `correlation`.
        data: the data spec's file, or `None`.
        ledger: the ledger's file, or `None`.
        run: the run's name.
    """

    databases: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    queues: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    data: str | None = None
    ledger: str | None = None
    run: str = ""


class Surroundings:
    """The databases, queues and data of the users of one process.

    Args:
        given: what the run was given.
        index: which worker this is, from 0.
        of: how many workers there are.

    Attributes:
        sent: correlation id → the message that was sent with it and whose consequence has not come yet.
        stop: called with the reason when the run cannot go on; `None` where a journey may simply fail.
        witness: makes what looks at the messages of a user and a queue; `None` when nobody looks, which costs nothing.
        allowed_hosts: what users may reach besides this machine; `None` for anything.
    """

    def __init__(self, given: Given | None = None, index: int = 0, of: int = 1) -> None:
        self._given = given or Given()
        self.run, self.index, self.of = self._given.run or "local", index, max(1, of)
        self.stop: Callable[[str], object] | None = None
        self.allowed_hosts: Sequence[str] | None = None
        self.witness: Callable[[Any, str], MessageWitness] | None = None
        self.stores = Stores({name: name for name in self._given.databases}, self._store)
        self.sent: dict[str, Sent] = {}
        self._exchanges: dict[str, Exchange] = {}
        self._brokers: dict[str, Broker] = {}
        self._leases: dict[str, Leases] = {}
        self._reading = BoundedSemaphore(1)
        self._spec: Spec | None = None
        self._factories: Factories | None = None
        self._ledger: Ledger | None = None
        self._endings: list[Callable[[], object]] = []
        if self._given.data is not None:
            random_of()  # a first import amid the load would hold up every user

    @property
    def spec(self) -> Spec:
        """The data spec.

        Raises:
            UsageError: the run has none, or it is wrong.
        """
        if self._spec is None:
            if self._given.data is None:
                raise UsageError(
                    "there is no test data", hint="name a data spec: `data: journeys/data/shop.yaml` in simulator.yaml"
                )
            self._spec = load_spec(Path(self._given.data), os.environ)
        return self._spec

    @property
    def factories(self) -> Factories:
        """Makers of rows."""
        if self._factories is None:
            self._factories = Factories(self.spec, self.run)
        return self._factories

    def leases(self, feeder: str) -> Leases:
        """The rows of a feeder that are this process's.

        Raises:
            UsageError: there is no such feeder.
        """
        if feeder not in self._leases:
            known = self.spec.feeders
            if feeder not in known:
                raise UsageError(f"there is no feeder {feeder!r}", hint=did_you_mean(feeder, list(known)))
            with self._reading:  # all users come here at once, and a query lets others on
                if feeder not in self._leases:
                    spec = known[feeder]
                    rows = rows_for(self.spec, spec, self.stores)
                    self._leases[feeder] = Leases(feeder, spec.mode, rows, self.index, self.of, spec.within_s)
        return self._leases[feeder]

    def out_of(self, error: OutOfRowsError) -> None:
        """The rows are used up: under load the run stops, and the journey that needed one is cut off.

        Raises:
            OutOfRowsError: no load is on, so that the journey simply fails.
        """
        if self.stop is None or not error.final:
            raise error
        self.stop(f"{OUT_OF_DATA}: {error}")
        raise gevent.GreenletExit

    def created(self, of: str, keys: list[Any], more: Mapping[str, Any]) -> None:
        """Write down what was created.

        Raises:
            UsageError: the run keeps no ledger.
        """
        if self._ledger is None:
            if self._given.ledger is None:
                raise UsageError("nothing would take away what is created", hint="name a data spec with `clean` rules")
            self._ledger = Ledger(Path(self._given.ledger))
        self._ledger.created(of, keys, more)

    def exchange(self, queue: str) -> Exchange:
        """Where the messages of a queue are handed out.

        Raises:
            UsageError: there is no such queue, or its library is not installed.
        """
        if queue not in self._exchanges:
            if queue not in self._given.queues:
                hint = did_you_mean(queue, list(self._given.queues)) or "name it under `queues` of the environment"
                raise UsageError(f"there is no queue {queue!r}", hint=hint)
            spec = QueueSpec.of(queue, self._given.queues[queue])
            self._exchanges[queue] = Exchange(spec, self.broker(spec.url), self.owner, shared=self.of > 1)
        return self._exchanges[queue]

    def note(self, sent: Sent) -> None:
        """Remember when a message was sent, until what follows from it comes in."""
        self.sent[sent.correlation_id] = sent
        if len(self.sent) > MOST_SENT:
            del self.sent[next(iter(self.sent))]

    def replies(self, queue: QueueSpec) -> Exchange:
        """Where answers to this process's requests come in, at the same broker."""
        address = f"{self.owner}.{os.getpid()}.replies"
        key = f"{queue.url} {address}"
        if key not in self._exchanges:
            spec = QueueSpec(address, queue.url, address)
            self._exchanges[key] = Exchange(spec, self.broker(queue.url), self.owner)
        return self._exchanges[key]

    def broker(self, url: str) -> Broker:
        """The broker at an address."""
        from simulator.journey.queue.brokers import broker_at

        if url not in self._brokers:
            self._brokers[url] = broker_at(url, self.owner)
        return self._brokers[url]

    @property
    def owner(self) -> str:
        """A name for what belongs to this process of this run alone."""
        return f"simulator.{self.run}.{self.index}"

    def close(self) -> None:
        """The run is over: messages that nobody took go back, connections are closed."""
        while self._endings:
            self._endings.pop()()
        for exchange in self._exchanges.values():
            exchange.close()
        for broker in self._brokers.values():
            broker.close()
        self._exchanges.clear()
        self._brokers.clear()
        self.stores.close()
        if self._ledger is not None:
            self._ledger.close()

    def at_end(self, act: Callable[[], object]) -> None:
        """Do this when the run is over."""
        self._endings.append(act)

    def timeout_s(self, database: str) -> float:
        """The longest that a statement may take."""
        settings = self._settings(database)
        return parse_duration(settings["timeout"]) if "timeout" in settings else 30.0

    def _settings(self, database: str) -> Mapping[str, str]:
        if not database and len(self._given.databases) == 1:
            [database] = self._given.databases
        return self._given.databases.get(database, {})

    def _store(self, name: str) -> Store:
        settings = self._given.databases[name]
        pool = parse_integer(settings["pool"]) if "pool" in settings else 20
        thread = ThreadPool(1)
        return Store(
            settings["url"], pool=pool, timeout_s=self.timeout_s(name), aside=lambda act, *args: thread.apply(act, args)
        )
