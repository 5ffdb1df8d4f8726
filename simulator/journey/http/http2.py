"""HTTP/2 beneath the same requests and answers: frames and header compression are the `h2` library's."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from math import inf
from typing import Any

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import h2.settings
from gevent import getcurrent

from simulator.journey.http.answer import MOST_HEAD_BYTES, Answer
from simulator.journey.http.connection import Connection
from simulator.journey.http.headers import parse_head
from simulator.journey.http.outgoing import Outgoing
from simulator.journey.http.problem import ProtocolProblem, Stale, TooLarge

WINDOW_BYTES = 2**24
"""So much may be on its way to us before we have said that we took it."""

_SETTINGS = {h2.settings.SettingCodes.ENABLE_PUSH: 0, h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: WINDOW_BYTES}
_OF_THE_CONNECTION = frozenset({"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "host"})
_ODD = frozenset({"set-cookie", "content-encoding", "location"})


class Http2Connection(Connection):
    """A connection that speaks HTTP/2 once both sides have agreed to, and HTTP/1.1 otherwise.

    It carries one request at a time, as one user does.

    Args:
        connected: as for `Connection`.
        outgoing: likewise.
        scheme: of the origin.
    """

    __slots__ = ("_scheme", "_session")

    def __init__(self, connected: socket.socket, outgoing: Outgoing | None, scheme: str) -> None:
        super().__init__(connected, outgoing)
        self._scheme = scheme
        self._session: Session | None = None

    def secure(self, context: ssl.SSLContext, host: str) -> None:
        """Shake hands; the server says which version it speaks."""
        super().secure(context, host)
        if self._tunnel is not None and self._tunnel.protocol == "h2":
            self.begin()

    def begin(self) -> None:
        """From now on HTTP/2 is spoken."""
        self._session = Session(self._scheme, self._send_all, self._more)

    def exchange(
        self,
        request: bytes,
        bodiless: bool,
        most_bytes: int,
        deadline_s: float,
        parts: Iterator[bytes] | None = None,
    ) -> Answer:
        """As `Connection.exchange`."""
        if self._session is None:
            return super().exchange(request, bodiless, most_bytes, deadline_s, parts)
        self._waiting = getcurrent()
        self.deadline_s = deadline_s
        try:
            return self._session.exchange(request, most_bytes, parts)
        finally:
            self._waiting = None
            self.deadline_s = inf

    def is_stale(self) -> bool:
        """The other side has hung up, says goodbye, or there is no room for another request."""
        if self._session is None:
            return super().is_stale()
        while True:
            try:
                came = self._receive(65_536)
            except BlockingIOError:
                return self._session.over
            except OSError:
                return True
            if not came or not self._session.take(came):
                return True

    def _readable(self) -> None:
        """What comes while nobody waits is looked at when the connection is taken again."""
        if self._session is None or self._waiting is not None:
            super()._readable()
        else:
            self._watcher.stop()
            self.quiet = False

    def _more(self) -> bytes:
        if not self.quiet:
            self.quiet = True
            self._watcher.start(self._readable)
        return super()._more()


class Session:
    """What one side of an HTTP/2 connection knows, without its socket.

    Args:
        scheme: of the origin.
        send: sends all bytes.
        more: blocks until bytes came; empty at the end.

    Attributes:
        over: no further request can be sent.
    """

    def __init__(self, scheme: str, send: Callable[[bytes], None], more: Callable[[], bytes]) -> None:
        self._scheme, self._send, self._more = scheme, send, more
        self._h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding="latin-1"))
        self._h2.local_settings = h2.settings.Settings(client=True, initial_values=_SETTINGS)
        self._h2.initiate_connection()
        self._h2.increment_flow_control_window(WINDOW_BYTES)
        self._incoming: _Incoming | None = None
        self._greeted = False
        self.over = False

    def exchange(self, request: bytes, most_bytes: int, parts: Iterator[bytes] | None) -> Answer:
        """Send a request, written as HTTP/1.1 would, on a stream of its own, and read the answer.

        Raises:
            Stale: the server did not look at the request.
            ConnectionResetError: it broke off.
            ProtocolProblem: what it sent is no HTTP/2.
            TooLarge: the body is larger than `most_bytes`.
        """
        head, _, body = request.partition(b"\r\n\r\n")
        incoming = None
        try:
            incoming = self._incoming = _Incoming(self._h2.get_next_available_stream_id(), most_bytes)
            self._h2.send_headers(incoming.stream, _fields(self._scheme, head), end_stream=not body and parts is None)
            self._flush()
            for part in (body,) if parts is None else _unchunked(head, parts):
                self._send_body(incoming, part)
            if body or parts is not None:
                self._end(incoming)
            while not incoming.complete:
                self._take_more()
            return incoming.answer(keep=not self.over)
        except h2.exceptions.ProtocolError as error:
            self.over = True
            raise ProtocolProblem(f"the answer is no HTTP/2: {error}") from error
        finally:
            self._leave(incoming)

    def take(self, data: bytes) -> bool:
        """Understand what came; `False` when the connection is of no use any more."""
        try:
            for event in self._h2.receive_data(data):
                self._understand(event)
        except h2.exceptions.ProtocolError:
            self.over = True
            if self._incoming is not None:
                raise
        return not self.over

    def _understand(self, event: Any) -> None:
        incoming = self._incoming
        if isinstance(event, h2.events.ConnectionTerminated):
            self.over = True
            if incoming is not None and (event.last_stream_id or 0) < incoming.stream:
                raise Stale(f"the server says goodbye ({_code(event.error_code)})")
        elif incoming is None or getattr(event, "stream_id", None) != incoming.stream:
            return
        elif isinstance(event, h2.events.ResponseReceived):
            incoming.begin(event.headers or [])
        elif isinstance(event, h2.events.DataReceived):
            self._h2.acknowledge_received_data(event.flow_controlled_length or 0, incoming.stream)
            incoming.add(event.data or b"")
        elif isinstance(event, h2.events.StreamReset):
            incoming.reset = True
            if event.error_code == h2.errors.ErrorCodes.REFUSED_STREAM:
                raise Stale("the server refused the stream")
            if not incoming.complete:
                raise ConnectionResetError(f"the server broke the stream off ({_code(event.error_code)})")
        elif isinstance(event, h2.events.StreamEnded):
            incoming.complete = True

    def _send_body(self, incoming: _Incoming, part: bytes) -> None:
        """Send as the other side makes room; an answer that comes before all is sent ends it."""
        rest = memoryview(part)
        while rest and not incoming.complete:
            room = min(self._h2.local_flow_control_window(incoming.stream), self._h2.max_outbound_frame_size, len(rest))
            if room <= 0:
                self._take_more()
                continue
            self._h2.send_data(incoming.stream, bytes(rest[:room]))
            self._flush()
            rest = rest[room:]

    def _end(self, incoming: _Incoming) -> None:
        if not incoming.complete:
            self._h2.end_stream(incoming.stream)
            self._flush()

    def _take_more(self) -> None:
        came = self._more()
        if not came:
            self.over = True
            begun = self._incoming is not None and self._incoming.head
            raise ConnectionResetError("closed by the other side within its answer") if begun else Stale("closed")
        if not self._greeted:
            self._greeted = True
            if came.startswith(b"HTTP/"):
                raise ProtocolProblem("the server speaks HTTP/1.1, not HTTP/2")
        self.take(came)
        self._flush()

    def _flush(self) -> None:
        if data := self._h2.data_to_send():
            self._send(data)

    def _leave(self, incoming: _Incoming | None) -> None:
        """The exchange is over: what has not ended shall not be finished either."""
        self._incoming = None
        if incoming is None or not incoming.complete:
            self.over = True


class _Incoming:
    """One answer as it comes."""

    def __init__(self, stream: int, most_bytes: int) -> None:
        self.stream, self._most_bytes = stream, most_bytes
        self.complete = self.reset = False
        self.head = b""
        self._status, self._plain = 0, True
        self._parts: list[bytes] = []
        self._length = 0

    def begin(self, fields: Any) -> None:
        self._status = int(next(value for name, value in fields if name == ":status"))
        shown = [(name, value) for name, value in fields if not name.startswith(":")]
        self._plain = not any(name in _ODD for name, _ in shown)
        lines = "".join(f"\r\n{name}: {value}" for name, value in shown)
        self.head = f"HTTP/2.0 {self._status} {lines}".encode("latin-1")
        if len(self.head) > MOST_HEAD_BYTES:
            raise TooLarge(f"the head of the answer is larger than {MOST_HEAD_BYTES} bytes")

    def add(self, data: bytes) -> None:
        self._length += len(data)
        if self._length > self._most_bytes:
            raise TooLarge(f"the body is larger than {self._most_bytes} bytes")
        self._parts.append(data)

    def answer(self, keep: bool) -> Answer:
        return self._status, self.head, b"".join(self._parts), self._plain, keep and not self.reset


def _fields(scheme: str, head: bytes) -> list[tuple[str, str]]:
    """The head of an HTTP/1.1 request as HTTP/2 sends it."""
    method, target, _ = head.partition(b"\r\n")[0].decode("latin-1").split(" ", 2)
    headers = parse_head(head)
    fields = [(":method", method), (":scheme", scheme), (":authority", headers["host"]), (":path", target)]
    return fields + [
        (name.lower(), value)
        for name in headers
        if name.lower() not in _OF_THE_CONNECTION
        for value in headers.all(name)
    ]


def _unchunked(head: bytes, parts: Iterator[bytes]) -> Iterator[bytes]:
    """Parts of a body without the frames that HTTP/1.1 puts around those of unknown length."""
    if b"\r\nTransfer-Encoding: chunked" not in head:
        return parts
    return (part[part.index(b"\r\n") + 2 : -2] for part in parts)


def _code(code: Any) -> str:
    return code.name if isinstance(code, h2.errors.ErrorCodes) else str(code)
