"""What users do besides HTTP: ask databases, send messages, use test data, write down what they create."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from simulator.journey.track import Track

if TYPE_CHECKING:
    from simulator.data.rows import Row
    from simulator.journey.database import Database
    from simulator.journey.queue.client import Queue
    from simulator.journey.sse import Events
    from simulator.journey.surroundings import Surroundings
    from simulator.journey.websocket import WebSocket


class Serviced:
    """A user with services beside it.

    Attributes:
        surroundings: databases, queues and data of the process.
    """

    number: int
    host: str | None
    track: Track
    surroundings: Surroundings

    def db(self, name: str = "") -> Database:
        """A database of the environment; the only one when no name is given.

        Raises:
            UsageError: there is none of that name, or its driver is not installed.
        """
        from simulator.journey.database import Database

        kept = self._kept("databases")
        if name not in kept:
            store = self.surroundings.stores.named(name)
            kept[name] = Database(name, store, self.track, self.surroundings.timeout_s(name))
        found: Database = kept[name]
        return found

    def queue(self, name: str) -> Queue:
        """A queue of the environment.

        Raises:
            UsageError: there is none of that name, or its library is not installed.
        """
        from simulator.journey.queue.client import Queue

        kept = self._kept("queues")
        if name not in kept:
            witness = self.surroundings.witness(self, name) if self.surroundings.witness else None
            kept[name] = Queue(name, self.surroundings, self.track, self.number, witness)
        found: Queue = kept[name]
        return found

    def websocket(
        self, url: str, *, name: str = "", headers: Mapping[str, str] | None = None, within: str | float = "10s"
    ) -> AbstractContextManager[WebSocket]:
        """A WebSocket connection, as a `with` block; a path counts from the run's host.

        Raises:
            OperationFailed: it cannot be opened, or leads to a host that the run may not load; the step fails.
        """
        from simulator.journey.websocket import connected

        address = self._address(url).replace("http", "ws", 1)
        return connected(
            self.track, address, name or urlsplit(address).path or "/", headers=headers, within=within,
            allowed_hosts=self.surroundings.allowed_hosts,
        )  # fmt: skip

    def events(
        self, url: str, *, name: str = "", headers: Mapping[str, str] | None = None, within: str | float = "10s"
    ) -> AbstractContextManager[Events]:
        """A stream of Server-Sent Events, as a `with` block; a path counts from the run's host.

        Raises:
            OperationFailed: it cannot be opened, or leads to a host that the run may not load; the step fails.
        """
        from simulator.journey.sse import listening

        address = self._address(url)
        return listening(
            self.track, address, name or urlsplit(address).path or "/", headers=headers, within=within,
            allowed_hosts=self.surroundings.allowed_hosts,
        )  # fmt: skip

    def grpc(self, target: str, *, within: str | float = "10s", credentials: Any = None) -> Any:
        """A gRPC channel to `host:port`, for a generated stub; kept, so that each user has one a target.

        Calls to a host that the run may not load fail as `not allowed`.

        Raises:
            UsageError: grpcio is not installed.
        """
        from simulator.journey.grpc_channel import channel

        kept = self._kept("channels")
        if target not in kept:
            allowed = self.surroundings.allowed_hosts
            kept[target] = channel(self.track, target, within=within, credentials=credentials, allowed_hosts=allowed)
        return kept[target]

    def _address(self, url: str) -> str:
        return url if "://" in url else f"{(self.host or '').rstrip('/')}{url}"

    @property
    def data(self) -> UserData:
        """The run's test data: factories by the names of entities, and rows to lease."""
        kept = self._kept("data")
        if "" not in kept:
            kept[""] = UserData(self.surroundings, self.number)
        found: UserData = kept[""]
        return found

    def created(self, of: str, key: Any, **more: Any) -> None:
        """Write down that something was created, or is about to be, so that it is taken away after the run.

        Say it before you create something whose key you choose yourself: then even a run that is killed leaves nothing.

        Args:
            of: the entity, as `clean` rules name it.
            key: what tells it apart.
            more: further values that a rule may name.

        Raises:
            UsageError: the run has no data spec, so nothing would be taken away.
        """
        self.surroundings.created(of, [key], more)

    def now(self) -> float:
        """Seconds of the run's clock, for `since`."""
        return self.track.clock()

    def _kept(self, what: str) -> dict[str, Any]:
        kept: dict[str, dict[str, Any]] = self.__dict__.setdefault("_simulator_kept", {})
        return kept.setdefault(what, {})


class UserData:
    """The test data of one user.

    Args:
        surroundings: of the process.
        user: the user's number.
    """

    def __init__(self, surroundings: Surroundings, user: int) -> None:
        from simulator.data.factory import Factory

        self._surroundings = surroundings
        self._factory = Factory(surroundings.factories, user)

    def make(self, entity: str, **given: Any) -> Row:
        """A row that no other user of the run has; what is given stands as it is.

        Raises:
            UsageError: there is no such entity or field.
        """
        return self._factory.make(entity, **given)

    def __getattr__(self, entity: str) -> Any:
        if entity.startswith("_"):
            raise AttributeError(entity)
        return getattr(self._factory, entity)

    def take(self, feeder: str) -> Row:
        """A row for good, of a feeder whose rows are for one use, or for everybody.

        Raises:
            OutOfRowsError: the rows are used up; under load that stops the run.
        """
        from simulator.data.lease import OutOfRowsError
        from simulator.errors import UsageError

        leases = self._surroundings.leases(feeder)
        if leases.mode == "cycling":
            raise UsageError(
                f"rows of feeder {feeder!r} are given back", hint=f"with self.data.lease({feeder!r}) as row:"
            )
        try:
            return dict(leases.take())
        except OutOfRowsError as error:
            self._surroundings.out_of(error)
            raise

    @contextmanager
    def lease(self, feeder: str) -> Iterator[Row]:
        """A row that nobody else has meanwhile, as a `with` block.

        Raises:
            OutOfRowsError: the rows are used up, or none came back in time.
        """
        from simulator.data.lease import OutOfRowsError

        leases = self._surroundings.leases(feeder)
        try:
            row = leases.take()
        except OutOfRowsError as error:
            self._surroundings.out_of(error)
            raise
        try:
            yield dict(row)
        finally:
            leases.give_back(row)
