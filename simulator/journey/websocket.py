"""WebSocket through websocket-client: each exchange of a connection is an operation."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urljoin

from simulator.allowed import host_of
from simulator.errors import UsageError
from simulator.journey.http.problem import NotAllowed, insist_on
from simulator.journey.not_opened import not_opened
from simulator.journey.queue.content import from_bytes, to_bytes
from simulator.journey.track import Track
from simulator.journey.trouble import OperationFailed
from simulator.journey.within import seconds

KIND = "message"
MOST_REDIRECTS = 3
"""As many as websocket-client follows by itself."""


@contextmanager
def connected(
    track: Track,
    url: str,
    name: str,
    *,
    headers: Mapping[str, str] | None = None,
    within: str | float = "10s",
    allowed_hosts: Sequence[str] | None = None,
) -> Iterator[WebSocket]:
    """A connection, as a `with` block.

    Args:
        track: the user's.
        url: `ws://…` or `wss://…`.
        name: as it shall stand in reports.
        headers: of the request that opens it.
        within: how long that may take.
        allowed_hosts: what may be reached besides this machine, redirects included; `None` for anything.

    Raises:
        UsageError: websocket-client is not installed.
        OperationFailed: it cannot be opened, or leads to a host that is not allowed; the step fails.
    """
    try:
        import websocket
    except ImportError:
        raise UsageError("WebSocket needs websocket-client", hint="pip install 'simulator[websocket]'") from None
    operation = track.operation(f"WS open {name}", KIND)
    try:
        lines = [f"{key}: {value}" for key, value in (headers or {}).items()]
        connection = _opened(url, allowed_hosts, timeout=seconds(within), header=lines)
    except (OSError, NotAllowed, ValueError, websocket.WebSocketException) as error:
        raise not_opened(operation, error) from error
    operation.succeed()
    try:
        yield WebSocket(track, connection, name)
    finally:
        connection.close(timeout=1)


def _opened(url: str, allowed_hosts: Sequence[str] | None, **options: Any) -> Any:
    """websocket-client's connection; redirects are followed here, since each may lead to a host that is not allowed."""
    import websocket

    for left in range(MOST_REDIRECTS, -1, -1):
        insist_on(host_of(url), allowed_hosts)
        connection: Any = websocket.WebSocket(enable_multithread=True)
        try:
            connection.connect(url, redirect_limit=0, **options)
            break
        except websocket.WebSocketException:
            answer = connection.handshake_response
            location = answer.headers.get("location") if answer is not None else None
            if not location or not left:
                raise
            url = urljoin(url, location)
    return connection


class WebSocket:
    """An open connection.

    Args:
        track: the user's.
        connection: websocket-client's.
        name: for reports.
    """

    def __init__(self, track: Track, connection: Any, name: str) -> None:
        self._track, self._connection, self._name = track, connection, name

    def send(self, body: Any) -> None:
        """Send a message: texts as they are, bytes as binary, all else as JSON.

        Raises:
            OperationFailed: the connection is gone; the step fails.
        """
        operation = self._track.operation(f"WS send {self._name}", KIND)
        try:
            if isinstance(body, bytes):
                self._connection.send_binary(body)
            else:
                self._connection.send(body if isinstance(body, str) else to_bytes(body).decode())
        except Exception as error:
            operation.fail("refused", f"{type(error).__name__}: {error}")
            raise OperationFailed(str(error)) from error
        operation.succeed()

    def receive(
        self, match: Mapping[str, Any] | Callable[[Any], bool] | None = None, *, within: str | float = "5s"
    ) -> Any:
        """The next message that is meant; others are passed over.

        Args:
            match: fields that it must have, or a function of it; `None` for any.
            within: how long to wait.

        Raises:
            OperationFailed: none came in time; the step fails.
        """
        operation = self._track.operation(f"WS receive {self._name}", KIND)
        ends_s = time.monotonic() + seconds(within)
        while True:
            try:
                self._connection.settimeout(max(0.001, ends_s - time.monotonic()))
                content = self._connection.recv()
            except Exception as error:
                late = "Timeout" in type(error).__name__
                nothing = f"nothing of that kind came within {seconds(within):g} s"
                text = nothing if late else f"{type(error).__name__}: {error}"
                operation.fail("timeout" if late else "refused", text)
                raise OperationFailed(text) from error
            if content == "" and not self._connection.connected:
                operation.fail("refused", "the other side closed the connection")
                raise OperationFailed("the other side closed the connection")
            body = from_bytes(content)
            if meant(match, body):
                operation.succeed(len(content))
                return body


def meant(match: Mapping[str, Any] | Callable[[Any], bool] | None, body: Any) -> bool:
    """Whether a message is one that is waited for."""
    if match is None:
        return True
    if isinstance(match, Mapping):
        return isinstance(body, dict) and all(key in body and body[key] == value for key, value in match.items())
    return match(body)
