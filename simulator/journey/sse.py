"""Server-Sent Events (the event stream of the HTML standard), read over a connection of their own."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from simulator.allowed import host_of
from simulator.journey.http.problem import NotAllowed, insist_on
from simulator.journey.not_opened import not_opened
from simulator.journey.queue.content import from_bytes
from simulator.journey.track import Track
from simulator.journey.trouble import OperationFailed
from simulator.journey.websocket import meant
from simulator.journey.within import seconds

KIND = "message"
LONGEST_LINE = 1_000_000


@dataclass(frozen=True)
class Event:
    """One event.

    Attributes:
        data: what it says, as JSON where it is that.
        type: `message`, unless the server says otherwise.
        id: its last event id, or empty text.
    """

    data: Any
    type: str = "message"
    id: str = ""


class EventParser:
    """Puts events together, line by line, as the HTML standard has it."""

    def __init__(self) -> None:
        self._data: list[str] = []
        self._type, self._id = "", ""

    def line(self, text: str) -> Event | None:
        """Take a line, without its end; an event when this completes one."""
        if not text:
            data, kind = "\n".join(self._data), self._type
            had = bool(self._data)
            self._data, self._type = [], ""
            return Event(from_bytes(data), kind or "message", self._id) if had else None
        name, _, value = text.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._type = value
        elif name == "id" and "\0" not in value:
            self._id = value
        return None


@contextmanager
def listening(
    track: Track,
    url: str,
    name: str,
    *,
    headers: Mapping[str, str] | None = None,
    within: str | float = "10s",
    allowed_hosts: Sequence[str] | None = None,
) -> Iterator[Events]:
    """A stream of events, as a `with` block.

    Args:
        track: the user's.
        url: `http://…` or `https://…`.
        name: as it shall stand in reports.
        headers: of the request.
        within: how long the answer's head may take.
        allowed_hosts: what may be reached besides this machine; `None` for anything. Redirects are not followed.

    Raises:
        OperationFailed: it cannot be opened, is no event stream or leads to a host that is not allowed; the step fails.
    """
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=seconds(within))
    operation = track.operation(f"SSE open {name}", KIND)
    try:
        insist_on(host_of(url), allowed_hosts)
        path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        connection.request("GET", path, headers={"Accept": "text/event-stream", **(headers or {})})
        opened = connection.sock  # http.client lets go of it once it knows that the answer ends with the connection
        response = connection.getresponse()
        content_type = response.getheader("Content-Type", "")
        if response.status != 200 or not content_type.startswith("text/event-stream"):
            raise OSError(f"status {response.status}, {content_type or 'no content type'}: no event stream")
    except (OSError, NotAllowed, http.client.HTTPException) as error:
        connection.close()
        raise not_opened(operation, error) from error
    operation.succeed()
    try:
        yield Events(track, opened, response, name)
    finally:
        response.close()
        connection.close()


class Events:
    """An open stream of events."""

    def __init__(self, track: Track, opened: Any, response: http.client.HTTPResponse, name: str) -> None:
        self._track, self._socket, self._response, self._name = track, opened, response, name
        self._parser = EventParser()

    def receive(
        self, match: Mapping[str, Any] | Callable[[Any], bool] | None = None, *, within: str | float = "5s",
        type: str = "",
    ) -> Event:  # fmt: skip
        """The next event that is meant; others are passed over.

        Args:
            match: fields that its data must have, or a function of the data; `None` for any.
            within: how long to wait.
            type: the type that it must have; empty text for any.

        Raises:
            OperationFailed: none came in time; the step fails.
        """
        operation = self._track.operation(f"SSE receive {self._name}", KIND)
        ends_s = time.monotonic() + seconds(within)
        try:
            while True:
                event = self._next(ends_s)
                if (not type or event.type == type) and meant(match, event.data):
                    operation.succeed()
                    return event
        except TimeoutError as error:
            text = f"nothing of that kind came within {seconds(within):g} s"
            operation.fail("timeout", text)
            raise OperationFailed(text) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            operation.fail("refused", f"{error.__class__.__name__}: {error}")
            raise OperationFailed(str(error)) from error

    def _next(self, ends_s: float) -> Event:
        while True:
            self._socket.settimeout(max(0.001, ends_s - time.monotonic()))
            line = self._response.readline(LONGEST_LINE)
            if not line:
                raise OSError("the other side closed the stream")
            event = self._parser.line(line.decode("utf-8", "replace").rstrip("\r\n"))
            if event is not None:
                return event
