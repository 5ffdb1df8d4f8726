"""Collects what API users exchange, so that contracts can be made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import orjson

from simulator.contract.body import MISSING, Body
from simulator.contract.collect import Collected
from simulator.contract.conclude import AUTHORIZATION, COOKIE
from simulator.contract.interaction import ProviderState
from simulator.contract.matching.message import form_values
from simulator.contract.messages import MessageKey, SeenMessage, message_key_of
from simulator.contract.reads import Reads, Watch
from simulator.contract.seen import Key, Seen
from simulator.contract.volatile import MASK, is_secret, is_volatile
from simulator.engine.contract.consumer import name_of, needs_of
from simulator.engine.contract.queue_trail import QueueTrail
from simulator.journey.http.headers import Headers, parse_head
from simulator.journey.http.name import path_pattern
from simulator.journey.http.plan import Plan
from simulator.journey.http.response import Response
from simulator.journey.operation import Operation
from simulator.record.cell import Cell

MOST_CHANGES = 10
_ASKING = frozenset({"GET", "HEAD", "OPTIONS"})


class _Pending(NamedTuple):
    plan: Plan
    response: Response
    operation: Operation
    watch: Watch
    states: tuple[ProviderState, ...]


class Pair(NamedTuple):
    """Who asked, and the address of who answered; of messages, who takes them and who sends them, by name."""

    consumer: str
    provider: str


class Exchanges:
    """Everything that one consumer exchanged with one provider.

    Attributes:
        collected: the exchanges.
        times: interaction → how long its exchanges took.
        lags: message → how long it took from the sending of what it follows from to its arrival.
    """

    def __init__(self) -> None:
        self.collected = Collected()
        self.times: dict[Key, Cell] = {}
        self.lags: dict[MessageKey, Cell] = {}

    def merge(self, other: Exchanges) -> None:
        """Add what another worker has collected."""
        self.collected.merge(other.collected)
        for key, times in other.times.items():
            self.times.setdefault(key, Cell()).merge(times)
        for message, lags in other.lags.items():
            self.lags.setdefault(message, Cell()).merge(lags)

    def to_plain(self) -> list[Any]:
        """Lists and numbers, for msgpack."""
        times = [[list(key), cell.to_plain()] for key, cell in self.times.items()]
        lags = [[list(key), cell.to_plain()] for key, cell in self.lags.items()]
        return [self.collected.to_plain(), times, lags]

    @classmethod
    def from_plain(cls, plain: Iterable[Any]) -> Exchanges:
        """What `to_plain` wrote."""
        made = cls()
        collected, times, lags = plain
        made.collected = Collected.from_plain(collected)
        for (method, pattern, query, fields, status, states), cell in times:
            key = Key(method, pattern, tuple(query), tuple(fields), status, tuple(states))
            made.times[key] = Cell.from_plain(cell)
        made.lags = {message_key_of(key): Cell.from_plain(cell) for key, cell in lags}
        return made


class Collecting:
    """What the users of one process exchanged.

    Attributes:
        pairs: consumer and provider → their exchanges.
    """

    def __init__(self) -> None:
        self.pairs: dict[Pair, Exchanges] = {}
        self._trails: list[_Trail | QueueTrail] = []

    def witness(self, user: Any) -> Callable[[Plan, Response, Operation], None]:
        """What notes the exchanges of one user."""
        trail = _Trail(user, self._keep)
        self._trails.append(trail)
        return trail.see

    def message_witness(self, user: Any, queue: str) -> QueueTrail:
        """What notes the messages of one user and one queue."""
        trail = QueueTrail(user, queue, self._keep_message)
        self._trails.append(trail)
        return trail

    def end(self) -> None:
        """Keep what is still open; nothing comes any more."""
        for trail in self._trails:
            trail.flush()

    def to_plain(self) -> list[Any]:
        """Lists and numbers, for msgpack."""
        return [[list(pair), exchanges.to_plain()] for pair, exchanges in self.pairs.items()]

    def _keep(self, consumer: str, pending: _Pending, seen: Seen) -> None:
        parts = urlsplit(pending.plan.url)
        pair = Pair(consumer, f"{parts.scheme}://{parts.netloc}")
        exchanges = self.pairs.setdefault(pair, Exchanges())
        key = exchanges.collected.add(seen)
        if key is not None:
            exchanges.times.setdefault(key, Cell()).add_ok((pending.operation.service_s,), ())

    def _keep_message(self, consumer: str, provider: str, seen: SeenMessage, lag_s: float | None) -> None:
        exchanges = self.pairs.setdefault(Pair(consumer, provider), Exchanges())
        key = exchanges.collected.add_message(seen)
        if key is not None and lag_s is not None:
            exchanges.lags.setdefault(key, Cell()).add_ok((lag_s,), ())


def merge_plain(pairs: dict[Pair, Exchanges], plain: Iterable[Any]) -> None:
    """Add what a worker wrote with `Collecting.to_plain`."""
    for (consumer, provider), exchanges in plain:
        pairs.setdefault(Pair(consumer, provider), Exchanges()).merge(Exchanges.from_plain(exchanges))


class _Trail:
    """What one user did on the present journey, so that the state can be told in which it asks for the next thing."""

    def __init__(self, user: Any, keep: Callable[[str, _Pending, Seen], None]) -> None:
        self._user, self._keep = user, keep
        self._consumer, self._needs = name_of(user), needs_of(user)
        self._began_s = -1.0
        self._pending: list[_Pending] = []
        self._changes: list[_Change] = []

    def see(self, plan: Plan, response: Response, operation: Operation) -> None:
        """An exchange came to its end; it is kept when the journey has, and all that is read of it has been read."""
        track = self._user.track
        if track.began_s != self._began_s:
            self.flush()
            self._began_s = track.began_s
            self._changes = [change for change in self._changes if change.lasts]
        if not operation.succeeded or not response.status_code or response.history:
            return
        watch = response.watch if isinstance(response.watch, Watch) else Watch()
        response.watch = watch
        journey = track.place.journey
        states = self._needs.get(journey, ())
        sent = parse_head(plan.head if not self._carries(response) else response.sent.partition(b"\r\n\r\n")[0])
        if self._changes and (COOKIE in sent or AUTHORIZATION in sent):
            states = (*states, _state(journey, self._changes, plan))
        self._pending.append(_Pending(plan, response, operation, watch, states))
        if plan.method not in _ASKING and len(self._changes) < MOST_CHANGES:
            lasts = journey not in self._needs  # `on_start` comes before all journeys
            self._changes.append(_Change(track.place.step or plan.name, plan, response, lasts))

    def _carries(self, response: Response) -> bool:
        return b"\r\nCookie:" in response.sent

    def flush(self) -> None:
        """Keep what happened so far."""
        pending, self._pending = self._pending, []
        for each in pending:
            if each.operation.succeeded:  # a check that failed later takes it back
                self._keep(self._consumer, each, _seen(each))


class _Change(NamedTuple):
    """A request that changed something."""

    step: str
    plan: Plan
    response: Response
    lasts: bool


def _state(journey: str, changes: list[_Change], plan: Plan) -> ProviderState:
    """The state in which a user is after its requests so far, with all that it takes to bring it about again."""
    steps = list(dict.fromkeys(change.step for change in changes))
    requests = [_replayed(change) for change in changes]
    params: dict[str, Any] = {"requests": requests}
    captures = _captures(changes, urlsplit(plan.url).path)
    if captures:
        params["captures"] = captures
    return ProviderState(f"{journey}: after {', '.join(steps)}", params)


def _replayed(change: _Change) -> dict[str, Any]:
    parts = urlsplit(change.plan.url)
    made: dict[str, Any] = {
        "method": change.plan.method, "path": parts.path + (f"?{parts.query}" if parts.query else ""),
    }  # fmt: skip
    head, _, content = change.response.sent.partition(b"\r\n\r\n")
    if content:
        body = Body.of_bytes(content, parse_head(head).get("content-type", ""))
        made["content_type"] = body.content_type
        made["body"] = _masked(_value(body)) if body.is_json else body.text
    return made


def _value(body: Body) -> Any:
    try:
        return body.json
    except orjson.JSONDecodeError:
        return body.text


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: MASK if is_secret(name) and isinstance(inner, str) else _masked(inner)
            for name, inner in value.items()
        }
    return [_masked(inner) for inner in value] if isinstance(value, list) else value


def _captures(changes: list[_Change], path: str) -> dict[str, dict[str, Any]]:
    """Parts of a path that an earlier answer gave: name → which answer, where in it, and what it was."""
    found: dict[str, dict[str, Any]] = {}
    for segment in filter(is_volatile, path.split("/")):
        for at, change in enumerate(changes):
            where = _where(_value(Body.of_bytes(change.response.content, "application/json")), segment)
            if where is not None:
                name = "id" if not found else f"id{len(found) + 1}"
                found[name] = {"request": at, "path": where, "value": segment}
                break
    return found


def _where(value: Any, wanted: str, at: str = "$") -> str | None:
    if isinstance(value, Mapping):
        found = (_where(inner, wanted, f"{at}.{name}") for name, inner in value.items())
        return next((place for place in found if place), None)
    return at if str(value) == wanted else None


def _seen(pending: _Pending) -> Seen:
    plan, response, watch = pending.plan, pending.response, pending.watch
    parts = urlsplit(plan.url)
    head, _, content = response.sent.partition(b"\r\n\r\n")
    sent, answered = parse_head(head), parse_head(response.head)
    content_type = answered.get("content-type", "")
    answer = Body.of_bytes(response.content, content_type) if response.content else Body("empty")
    return Seen(
        method=plan.method,
        path=parts.path,
        pattern=_pattern(plan, parts.path),
        query=form_values(parts.query),
        headers=_values(sent),
        body=Body.of_bytes(content, sent.get("content-type", "")) if content else MISSING,
        status=response.status_code,
        answer_headers=_values(answered),
        answer_body=answer,
        reads=watch.reads if watch.reads is not None else Reads(),
        header_names=frozenset(watch.header_names),
        states=pending.states,
        step=pending.operation.key.step,
    )


def _pattern(plan: Plan, path: str) -> str:
    """The author's own pattern when the operation is named like one, else what varies taken out."""
    named = plan.name.removeprefix(f"{plan.method} ")
    if "{" in named and named.count("/") == path.count("/"):
        return "/".join("{id}" if "{" in part else part for part in named.split("/"))
    return path_pattern(path)


def _values(headers: Headers) -> dict[str, tuple[str, ...]]:
    return {name: (headers[name],) for name in headers}
